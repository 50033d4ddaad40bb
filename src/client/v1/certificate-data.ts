import type { ApiClient } from '../api-client.ts'
import {
  arrayOf,
  call,
  callForList,
  encode,
  flag,
  objectOf,
  optional,
  text,
  wholeNumber,
} from './wire-check.ts'

/** CertificateRequestGenerationOptions: how to make one key and its certificate request. */
export interface GenerationOptionsView {
  readonly Subject: string
  readonly KeyAlgorithmName: string
  readonly KeySize: number
  readonly FriendlyName: string
  readonly HashAlgorithmName: string
  readonly KeyStorageProviderNames: readonly string[]
  readonly Exportable: number
  readonly KeyProtectionLevel: number
  readonly KeyUsages: number
}

/** Microsoft.Clm.Shared.Certificate, as much of it as a client acts on. */
export interface CertificateView {
  readonly isPkcs7: boolean
  readonly isPfx: boolean
  readonly isServerGenerated?: boolean | null | undefined
  readonly isKeyHistory?: boolean | null | undefined
  /** Base64 in lines: a CMC full response (contract §7). */
  readonly Pkcs7?: string | null | undefined
  readonly Pfx?: string | null | undefined
  /** Why this one certificate request was refused. */
  readonly Error?: string | null | undefined
}

const generationOptionsView = objectOf<GenerationOptionsView>({
  Subject: text,
  KeyAlgorithmName: text,
  KeySize: wholeNumber,
  FriendlyName: text,
  HashAlgorithmName: text,
  KeyStorageProviderNames: arrayOf(text),
  Exportable: wholeNumber,
  KeyProtectionLevel: wholeNumber,
  KeyUsages: wholeNumber,
})

const certificateView = objectOf<CertificateView>({
  isPkcs7: flag,
  isPfx: flag,
  isServerGenerated: optional(flag),
  isKeyHistory: optional(flag),
  Pkcs7: optional(text),
  Pfx: optional(text),
  Error: optional(text),
})

/** One element for each certificate request that the client must make. */
export function getGenerationOptions(
  client: ApiClient,
  requestUuid: string,
): Promise<readonly GenerationOptionsView[]> {
  const path = `v1.0/requests/${encode(requestUuid)}/certificaterequestgenerationoptions`
  return callForList(client, { method: 'GET', path }, generationOptionsView)
}

/**
 * Hands in certificate requests. The same ones again for the same request are answered with the same certificates.
 *
 * @param certificationRequests PKCS#10, base64 in lines
 * @returns one for each request sent, and possibly more
 */
export function submitCertificationRequests(
  client: ApiClient,
  requestUuid: string,
  certificationRequests: readonly string[],
): Promise<readonly CertificateView[]> {
  const path = `v1.0/requests/${encode(requestUuid)}/certificatedata`
  const body = { pfxpassword: '', certificaterequests: certificationRequests, comments: '' }
  return call(client, { method: 'POST', path, body }, arrayOf(certificateView))
}
