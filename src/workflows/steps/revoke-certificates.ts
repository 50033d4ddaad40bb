import type { CertificateRecord } from '../../domain/certificate.ts'
import type { RevocationReason } from '../../domain/policy.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'

/** Revokes what is issued and gives up what is only prepared. The next revocation list holds the revoked ones. */
export async function revokeCertificates(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  records: readonly CertificateRecord[],
  reason: RevocationReason,
): Promise<void> {
  const at = environment.clock.now()
  for (const record of records) {
    const about = { requestUuid: record.requestUuid, subject: record.serialNumber, facts: { reason } }
    if (record.state === 'prepared') {
      await transaction.updateCertificateState(record.uuid, 'failed', null)
      await transaction.audit(auditEntry(environment, caller, 'certificate-failed', about))
    } else if (record.state === 'issued' || record.state === 'on-hold') {
      await transaction.updateCertificateState(record.uuid, 'revoked', { at, reason })
      await transaction.audit(auditEntry(environment, caller, 'certificate-revoked', about))
    }
  }
}
