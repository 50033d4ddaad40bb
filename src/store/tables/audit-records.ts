import type { Kysely, Selectable } from 'kysely'
import type { AuditRecord, ListedAuditRecord } from '../../domain/audit-record.ts'
import { CardinalError } from '../../domain/error.ts'
import type { AuditFilter } from '../../workflows/ports/store.ts'
import type { AuditRecordTable, Database } from '../database.ts'

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
  return rows.map(fromRow)
}

/** Columns that say what a record is about, each with an index of its own. */
const aboutColumns = ['subject', 'actor_uuid', 'request_uuid'] as const

export async function listAuditRecords(
  db: Kysely<Database>,
  filter: AuditFilter,
): Promise<readonly ListedAuditRecord[]> {
  const place = filter.before === null ? null : await findPlace(db, filter.before)
  const { about, limit } = filter
  if (about === null) return (await selectNewest(db, filter, place).execute()).map(listedFromRow)
  // An OR over three columns would leave their indexes unused: each is read by its own, in order, and merged.
  const lists = await Promise.all(
    about.flatMap(key =>
      aboutColumns.map(column => selectNewest(db, filter, place).where(column, '=', key).execute()),
    ),
  )
  const records = new Map(lists.flat().map(row => [row.sequence, row]))
  return [...records.values()]
    .sort((one, other) => other.at - one.at || other.sequence - one.sequence)
    .slice(0, limit)
    .map(listedFromRow)
}

interface Place {
  readonly at: number
  readonly sequence: number
}

async function findPlace(db: Kysely<Database>, number: number): Promise<Place> {
  const row = await db
    .selectFrom('audit_records')
    .select(['at', 'sequence'])
    .where('sequence', '=', number)
    .executeTakeFirst()
  if (row !== undefined) return row
  throw new CardinalError('InvalidParameter', `before: there is no audit record with the number ${number}.`)
}

function selectNewest(
  db: Kysely<Database>,
  { since, until, action, limit }: AuditFilter,
  place: Place | null,
) {
  let query = db.selectFrom('audit_records').selectAll()
  if (since !== null) query = query.where('at', '>=', since.getTime())
  if (until !== null) query = query.where('at', '<', until.getTime())
  if (action !== null) query = query.where('action', '=', action)
  if (place !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('at', 'sequence'), '<', tuple(place.at, place.sequence)),
    )
  }
  return query.orderBy('at', 'desc').orderBy('sequence', 'desc').limit(limit)
}

function listedFromRow(row: Selectable<AuditRecordTable>): ListedAuditRecord {
  return { number: row.sequence, ...fromRow(row) }
}

function fromRow(row: Selectable<AuditRecordTable>): AuditRecord {
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
