import type { ApiClient } from '../api-client.ts'
import { type CertificateHolder, pathOf } from './profiles.ts'
import { callForList, flag, objectOf, text, wholeNumber } from './wire-check.ts'

/** Microsoft.Clm.Shared.Certificates.X509ClmCertificate as a card or profile lists it. */
export interface HeldCertificateView {
  readonly IsKeyHistory: boolean
  readonly ArchivedOnCa: boolean
  readonly CertificateType: number
  readonly TemplateCommonName: string
  /** Upper-case hexadecimal. */
  readonly SerialNumber: string
  /** SHA-1 of the certificate, upper-case hexadecimal. */
  readonly Thumbprint: string
}

/** The same as a user's list gives it. */
export interface UserCertificateView extends HeldCertificateView {
  readonly NotAfter: string
  readonly NotBefore: string
  readonly Issuer: string
  readonly RequesterName: string
  readonly Status: number
}

const heldChecks = {
  IsKeyHistory: flag,
  ArchivedOnCa: flag,
  CertificateType: wholeNumber,
  TemplateCommonName: text,
  SerialNumber: text,
  Thumbprint: text,
}

const heldCertificateView = objectOf<HeldCertificateView>(heldChecks)

const userCertificateView = objectOf<UserCertificateView>({
  ...heldChecks,
  NotAfter: text,
  NotBefore: text,
  Issuer: text,
  RequesterName: text,
  Status: wholeNumber,
})

export function listHeldCertificates(
  client: ApiClient,
  holder: CertificateHolder,
): Promise<readonly HeldCertificateView[]> {
  return callForList(client, { method: 'GET', path: `${pathOf(holder)}/certificates` }, heldCertificateView)
}

/** All of the caller's that are not retired. */
export function listUserCertificates(client: ApiClient): Promise<readonly UserCertificateView[]> {
  return callForList(client, { method: 'GET', path: 'v1.0/certificates' }, userCertificateView)
}
