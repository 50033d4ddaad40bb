import { requestStatus } from '../enumerations.ts'
import type { RequestView } from '../library/generated/answers.ts'
import { beginRequest, type RequestWords } from './begin-request.ts'
import type { EnrollmentRun } from './enrollment-run.ts'
import { completeRequest } from './fill-card.ts'
import {
  type CertificateOfKey,
  type CertificateTarget,
  issueCertificatesTo,
} from './issue-certificates-to.ts'

export interface FilledProfile {
  readonly request: RequestView
  /** Empty where an earlier run installed them. */
  readonly certificates: readonly CertificateOfKey[]
}

/**
 * Carries out a request that issues certificates to a software profile (Enroll, Renew, Recover), from its beginning or from
 * where an earlier run was interrupted, to its completion.
 *
 * @throws EnrollmentError, CardinalApiError, and what the target throws
 */
export async function fillProfile(
  run: EnrollmentRun,
  target: CertificateTarget,
  words: RequestWords,
): Promise<FilledProfile> {
  const open = await beginRequest(run, words)
  const isLeft = open.Status !== requestStatus.completed && !run.keeper.journal.isInstalled
  const certificates = isLeft ? await issueCertificatesTo(run, target) : []
  return { request: await completeRequest(run, words), certificates }
}
