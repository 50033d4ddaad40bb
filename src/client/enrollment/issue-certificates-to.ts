import { decodeBase64Lines } from '../../x509/base64-lines.ts'
import { decodeCertificationRequest } from '../../x509/certification-request.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { type IssuedCertificate, readIssuedCertificate } from '../issued-certificate.ts'
import type { GenerationOptionsView } from '../library/generated/answers.ts'
import { type EnrollmentRun, requestUuidOf } from './enrollment-run.ts'
import type { JournalCertificate } from './journal.ts'

/** A certificate, and the key that it is for by the name that its target gave it. */
export interface CertificateOfKey extends IssuedCertificate {
  readonly keyId: string
}

/** Where keys are and certificates go. */
export interface CertificateTarget {
  /** Whether the keys are another program's, whose requests are only passed on. */
  readonly hasForeignKeys?: true
  /** Makes a key that outlives this process, or finds the one that an earlier run made, and asks for its certificate. */
  makeRequest(options: GenerationOptionsView, index: number): Promise<JournalCertificate>
  /** Puts the certificates where they belong; again where an earlier run may have done so. */
  install(certificates: readonly CertificateOfKey[]): Promise<void>
  /**
   * Removes the keys that were made for a request that is given up, and what lies beside them. Resolves to what was removed
   * and what was left, in sentences for people.
   */
  discard?(): Promise<readonly string[]>
}

/**
 * Has a certificate issued for every generation option of the request, and installs them all. Goes on where an earlier run
 * was interrupted.
 *
 * @throws EnrollmentError, CardinalApiError, and what the target throws
 */
export async function issueCertificatesTo(
  run: EnrollmentRun,
  target: CertificateTarget,
): Promise<readonly CertificateOfKey[]> {
  const { client, keeper, report } = run
  const requestUuid = requestUuidOf(run)
  const options = await client.call('GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions', {
    path: { requestid: requestUuid },
  })
  if (options === null || options.length === 0) {
    throw new EnrollmentError(
      'not-offered',
      'The server asks for no certificate request. Look at the template.',
    )
  }
  for (const [index, each] of options.entries()) {
    if (keeper.journal.certificates[index] !== undefined) continue
    const made = await target.makeRequest(each, index)
    await keeper.record({ certificates: [...keeper.journal.certificates, made] })
    report(
      'key',
      target.hasForeignKeys === true
        ? `Read the certificate request ${made.keyId}.`
        : `Made a key (${each.KeyAlgorithmName}, ${each.KeySize} bits) and its certificate request.`,
    )
  }
  const certificates = await submit(run, requestUuid)
  report(
    'certificate',
    `The server issued ${certificates.length === 1 ? 'the certificate' : `${certificates.length} certificates`}.`,
  )
  await target.install(certificates)
  await keeper.record({ isInstalled: true })
  report(
    'install',
    certificates.length === 1 ? 'The certificate is installed.' : 'The certificates are installed.',
  )
  return certificates
}

async function submit(
  { client, keeper }: EnrollmentRun,
  requestUuid: string,
): Promise<readonly CertificateOfKey[]> {
  const { certificates } = keeper.journal
  const requests = certificates.map(({ certificationRequest }) => certificationRequest)
  // The same ones again for the same request are answered by the same certificates.
  const answers = await client.call('POST /v1.0/requests/{requestid}/certificatedata', {
    path: { requestid: requestUuid },
    body: { pfxpassword: '', certificaterequests: requests, comments: '' },
  })
  // More may follow that the server made itself; the first ones answer the requests in their order.
  return certificates.map(({ keyId, certificationRequest }, index) => {
    const answer = answers[index]
    if (answer === undefined) {
      throw new EnrollmentError(
        'certificate-refused',
        'The server left a certificate request without an answer.',
      )
    }
    const { subjectPublicKeyInfo } = decodeCertificationRequest(decodeBase64Lines(certificationRequest))
    return { keyId, ...readIssuedCertificate(answer, subjectPublicKeyInfo.der) }
  })
}
