import { CardinalError } from '../../domain/error.ts'
import type { Caller } from '../ports/caller.ts'
import { failRequest } from '../steps/fail-request.ts'
import {
  type CertificateSubmission,
  type IssueEnvironment,
  type PreparedCertificate,
  prepareCertificates,
} from './prepare-certificates.ts'
import { signPreparedCertificate } from './sign-prepared-certificate.ts'

/** The answer to one certification request: the response, or why there is none. */
export interface IssuedCertificate {
  readonly certificateTemplate: string
  /** CMC full response, DER. */
  readonly response: Uint8Array | null
  readonly error: string | null
}

/**
 * Issues the certificates of an executing request, one answer for each certification request, in their order.
 *
 * The sequence, each step depending on the result of the one before:
 * 1. authorise the caller · 2. parse and verify each certification request · 3. reserve its serial number ·
 * 4. build · 5. lint · 6. keep what will be signed · 7. audit   — {@link prepareCertificates}, one transaction
 * 8. sign · 9. compare with what was linted · 10. keep and answer — {@link signPreparedCertificate}
 *
 * A crash after 7 leaves a record that the next start finishes. The same certification request again for the same
 * request answers with the same certificate.
 *
 * Throws RequestNotFound, NotPermitted, RequestStateForbids, PolicyForbids, SmartcardNotBound, InvalidParameter,
 * ServiceUnavailable where the clock is outside of the time that the certification authority is valid for,
 * UserStateForbids where the target is disabled or expired, SmartcardStateForbids and ProfileStateForbids where what is
 * to be renewed or recovered has ended meanwhile, and CertificationAuthorityFailed, after which the request has failed.
 */
export async function issueCertificates(
  environment: IssueEnvironment,
  caller: Caller,
  requestUuid: string,
  submission: CertificateSubmission,
): Promise<readonly IssuedCertificate[]> {
  const prepared = await prepareCertificates(environment, caller, requestUuid, submission)
  return await Promise.all(prepared.map(one => answer(environment, caller, requestUuid, one)))
}

async function answer(
  environment: IssueEnvironment,
  caller: Caller,
  requestUuid: string,
  prepared: PreparedCertificate,
): Promise<IssuedCertificate> {
  const { certificateTemplate } = prepared
  if ('fault' in prepared) return { certificateTemplate, response: null, error: prepared.fault }
  const { record } = prepared
  try {
    const certificate =
      record.certificate ?? (await signPreparedCertificate(environment, caller, record, prepared.linted))
    return {
      certificateTemplate,
      response: await environment.certificationAuthority.respond(certificate),
      error: null,
    }
  } catch (error) {
    if (error instanceof CardinalError) throw error
    await failRequest(environment, caller, requestUuid)
    throw new CardinalError(
      'CertificationAuthorityFailed',
      'The certification authority could not issue the certificate; the request has failed. Make a new request.',
      { cause: error },
    )
  }
}
