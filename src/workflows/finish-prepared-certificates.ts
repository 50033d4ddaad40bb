import type { CertificateRecord } from '../domain/certificate.ts'
import { CardinalError } from '../domain/error.ts'
import { LintError } from '../x509/lint.ts'
import { auditEntry } from './audit-entry.ts'
import type { Environment } from './environment.ts'
import { signPreparedCertificate } from './sign-prepared-certificate.ts'

type FinishEnvironment = Pick<Environment, 'store' | 'clock' | 'certificationAuthority'>

/** Read at a time. */
const batch = 100

/**
 * Signs what a crash left prepared, so that every reserved serial number is accounted for; what may not be signed any
 * more (its time has run out) is marked failed. Runs at start, before the first call is answered.
 * Returns how many were finished.
 */
export async function finishPreparedCertificates(environment: FinishEnvironment): Promise<number> {
  let finished = 0
  for (;;) {
    const records = await environment.store.reader.listPreparedCertificates(batch)
    for (const record of records) {
      if (await finish(environment, record)) finished += 1
    }
    if (records.length < batch) return finished
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
          facts: { findings: error.message.slice(0, 512) },
        }),
      )
    })
    return false
  }
}
