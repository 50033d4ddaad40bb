import type { CertificateRecord } from '../../domain/certificate.ts'
import { CardinalError } from '../../domain/error.ts'
import type { LintedTbsCertificate } from '../../x509/lint.ts'
import { thumbprint } from '../../x509/thumbprint.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'

/**
 * Steps 8–10 of issuing: signs what was kept, compares, keeps the result. Returns the certificate in DER.
 * Of two that sign the same record at once the first to finish wins, and both return its certificate.
 * Throws RequestStateForbids where the request was canceled in between.
 */
export async function signPreparedCertificate(
  environment: Pick<Environment, 'store' | 'clock' | 'certificationAuthority'>,
  caller: Caller | null,
  record: CertificateRecord,
  linted: LintedTbsCertificate | null,
): Promise<Uint8Array> {
  const { certificationAuthority, store } = environment
  const certificate = await certificationAuthority.sign(
    linted ?? certificationAuthority.prepareAgain(record.tbsCertificate),
  )
  const isFirst = await store.transactor.transaction(async transaction => {
    // Whoever cancels, completes or fails the request looks at its certificates under the same lock.
    await transaction.lockRequest(record.requestUuid)
    const signed = { certificate, thumbprint: thumbprint(certificate) }
    const finished = await transaction.finishCertificate(record.uuid, signed)
    if (!finished) return false
    const template = await transaction.findCertificateTemplate(record.certificateTemplate)
    if (template?.publishToDirectory === true) {
      await transaction.requestPublication(record.uuid, environment.clock.now())
    }
    await transaction.audit(
      auditEntry(environment, caller, 'certificate-issued', {
        requestUuid: record.requestUuid,
        subject: record.serialNumber,
        facts: { thumbprint: signed.thumbprint, certificateTemplate: record.certificateTemplate },
      }),
    )
    return true
  })
  return isFirst ? certificate : await certificateOfTheFirst(environment, record)
}

async function certificateOfTheFirst(
  environment: Pick<Environment, 'store'>,
  record: CertificateRecord,
): Promise<Uint8Array> {
  const records = await environment.store.reader.listCertificatesOfRequest(record.requestUuid)
  const certificate = records.find(other => other.uuid === record.uuid)?.certificate ?? null
  if (certificate === null) {
    throw new CardinalError('RequestStateForbids', 'The request ended before its certificate was signed.')
  }
  return certificate
}
