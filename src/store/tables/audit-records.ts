import type { Kysely } from 'kysely'
import type { AuditRecord } from '../../domain/audit-record.ts'
import type { Database } from '../database.ts'

/** Rows inserted by one statement, far below the engines' limits on parameters. */
const batchSize = 500

export async function listAuditRecordsOfRequest(
  db: Kysely<Database>,
  requestUuid: string,
): Promise<readonly AuditRecord[]> {
  const rows = await db
    .selectFrom('audit_records')
    .selectAll()
    .where('request_uuid', '=', requestUuid)
    .orderBy('sequence')
    .execute()
  return rows.map(row => {
    const facts: AuditRecord['facts'] = JSON.parse(row.facts)
    return {
      at: new Date(row.at),
      action: row.action,
      actorUuid: row.actor_uuid,
      requestUuid: row.request_uuid,
      subject: row.subject,
      facts,
      correlationId: row.correlation_id,
    }
  })
}

export async function insertAuditRecords(
  db: Kysely<Database>,
  records: readonly AuditRecord[],
): Promise<void> {
  for (let start = 0; start < records.length; start += batchSize) {
    const rows = records.slice(start, start + batchSize).map(record => ({
      at: record.at.getTime(),
      action: record.action,
      actor_uuid: record.actorUuid,
      request_uuid: record.requestUuid,
      subject: record.subject,
      facts: JSON.stringify(record.facts),
      correlation_id: record.correlationId,
    }))
    await db.insertInto('audit_records').values(rows).execute()
  }
}
