import type { CertificateRecord } from '../../domain/certificate.ts'
import { CardinalError } from '../../domain/error.ts'
import { LintError } from '../../x509/lint.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { issuableSubject } from '../steps/issuable-subject.ts'
import { requireAuthorityInForce } from '../steps/require-authority-in-force.ts'
import { backdatingMilliseconds } from './compose-certificate.ts'
import { signPreparedCertificate } from './sign-prepared-certificate.ts'

type FinishEnvironment = Pick<
  Environment,
  'store' | 'directory' | 'clock' | 'certificationAuthority' | 'faults'
>

/** Read at a time. */
const batch = 100

/**
 * Signs what a crash or a full disk left prepared, so that every reserved serial number is accounted for; what may not be
 * signed any more (its time has run out, its owner is disabled or expired by now) is marked failed. Where the directory
 * cannot be asked for the owners, or the clock is outside of the time that the certification authority is valid for, the
 * rest waits for the next run, or for its client to ask again.
 *
 * @param minimumAgeMilliseconds what was prepared less than this ago is left to the call that prepared it. That keeps two
 * from doing the same work, no more: of two the first to finish wins, and both have its certificate. null: all
 * @returns how many were finished
 */
export async function finishPreparedCertificates(
  environment: FinishEnvironment,
  minimumAgeMilliseconds: number | null = null,
): Promise<number> {
  let finished = 0
  for (;;) {
    const now = environment.clock.now().getTime()
    const records = (await environment.store.reader.listPreparedCertificates(batch)).filter(
      record => minimumAgeMilliseconds === null || preparedAt(record) <= now - minimumAgeMilliseconds,
    )
    for (const record of records) {
      const refusal = await findRefusal(environment, record)
      if (refusal?.code === 'ServiceUnavailable') {
        environment.faults.report('certificates that were left unsigned wait', refusal)
        return finished
      }
      if (refusal !== null) await fail(environment, record, refusal.message)
      else if (await finish(environment, record)) finished += 1
    }
    if (records.length < batch) return finished
  }
}

/** Its validity was counted from then. Milliseconds since 1970, rounded down to a second. */
function preparedAt({ notBefore }: CertificateRecord): number {
  return notBefore.getTime() + backdatingMilliseconds
}

/** Why the owner is issued no certificate, or why that cannot be told now; null where nothing is against it. */
async function findRefusal(
  environment: FinishEnvironment,
  { ownerUuid }: CertificateRecord,
): Promise<CardinalError | null> {
  const { store, directory } = environment
  try {
    requireAuthorityInForce(environment)
    const owner = await issuableSubject(store.reader, await directory.findUserNow(ownerUuid))
    return owner instanceof CardinalError ? owner : null
  } catch (error) {
    if (error instanceof CardinalError && error.code === 'ServiceUnavailable') return error
    throw error
  }
}

async function finish(environment: FinishEnvironment, record: CertificateRecord): Promise<boolean> {
  try {
    await signPreparedCertificate(environment, null, record, null)
    return true
  } catch (error) {
    // Canceled by another process in the meantime: no longer prepared, so it does not come back.
    if (error instanceof CardinalError && error.code === 'RequestStateForbids') return false
    if (!(error instanceof LintError)) throw error
    await fail(environment, record, error.message)
    return false
  }
}

async function fail(
  environment: FinishEnvironment,
  record: CertificateRecord,
  findings: string,
): Promise<void> {
  await environment.store.transactor.transaction(async transaction => {
    await transaction.lockRequest(record.requestUuid)
    const records = await transaction.listCertificatesOfRequest(record.requestUuid)
    // Another process has signed it, or given it up, in the meantime.
    if (records.find(({ uuid }) => uuid === record.uuid)?.state !== 'prepared') return
    await transaction.updateCertificateState(record.uuid, 'failed', null)
    await transaction.audit(
      auditEntry(environment, null, 'certificate-failed', {
        requestUuid: record.requestUuid,
        subject: record.serialNumber,
        facts: { findings: findings.slice(0, 512) },
      }),
    )
  })
}
