import { encodePem } from '../x509/pem.ts'
import type { ApiClient } from './api-client.ts'
import type { ClientDescription } from './certification-request.ts'
import { generateSoftwareKey } from './enrollment-key.ts'
import { readExecutableRequest } from './executable-request.ts'
import { issueCertificates } from './issue-certificates.ts'
import { createRequest, setRequestStatus } from './v1/requests.ts'

export interface SoftwareCertificate {
  /** PKCS#8, not encrypted. A secret. */
  readonly privateKeyPem: string
  readonly certificatePem: string
  /** The certificate first, the root last. */
  readonly chainPem: string
}

export interface SoftwareEnrollment {
  readonly requestUuid: string
  readonly profileUuid: string
  readonly certificates: readonly SoftwareCertificate[]
}

export interface SoftwareEnrollmentOptions {
  readonly profileTemplateUuid: string
  /** To the questions of the enrollment policy, by their names. */
  readonly answers?: Readonly<Record<string, string>>
  readonly comment?: string
  readonly description: ClientDescription
  /** A request to go on with, for instance once it is approved; a new one is made where it is left out. */
  readonly requestUuid?: string
}

/**
 * Enrolls for a profile template without smart card, from the request to its completion, with keys made here.
 *
 * @throws EnrollmentError, for instance approval-pending; ApiError
 */
export async function enrollSoftwareProfile(
  client: ApiClient,
  options: SoftwareEnrollmentOptions,
): Promise<SoftwareEnrollment> {
  const requestUuid =
    options.requestUuid ??
    (await createRequest(client, {
      type: 'Enroll',
      subject: { profiletemplateuuid: options.profileTemplateUuid },
      answers: options.answers ?? {},
      comment: options.comment ?? '',
    }))
  return await fillSoftwareProfile(client, requestUuid, options.description)
}

/**
 * Carries out an approved request that issues certificates to a software profile.
 *
 * @throws EnrollmentError, ApiError
 */
export async function fillSoftwareProfile(
  client: ApiClient,
  requestUuid: string,
  description: ClientDescription,
): Promise<SoftwareEnrollment> {
  await readExecutableRequest(client, requestUuid)
  const issued = await issueCertificates(client, requestUuid, generateSoftwareKey, description)
  const { NewProfileUuid: profileUuid } = await setRequestStatus(client, requestUuid, 'Completed')
  const pem = ({ der }: { readonly der: Uint8Array }) => encodePem('CERTIFICATE', der)
  return {
    requestUuid,
    profileUuid,
    certificates: issued.map(({ key, certificate, authorities }) => ({
      privateKeyPem: key.exportPrivateKey(),
      certificatePem: pem(certificate),
      chainPem: [certificate, ...authorities].map(pem).join(''),
    })),
  }
}
