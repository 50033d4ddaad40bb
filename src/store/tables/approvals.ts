import type { Kysely } from 'kysely'
import type { Approval } from '../../domain/approval.ts'
import type { Database } from '../database.ts'

/** In the order of the decisions. */
export async function listApprovals(db: Kysely<Database>, requestUuid: string): Promise<readonly Approval[]> {
  const rows = await db
    .selectFrom('approvals')
    .selectAll()
    .where('request_uuid', '=', requestUuid)
    .orderBy('decided_at')
    .orderBy('approver_uuid')
    .execute()
  return rows.map(row => ({
    requestUuid: row.request_uuid,
    approverUuid: row.approver_uuid,
    decision: row.decision,
    at: new Date(row.decided_at),
    comment: row.comment,
  }))
}

export async function insertApproval(db: Kysely<Database>, approval: Approval): Promise<boolean> {
  const result = await db
    .insertInto('approvals')
    .values({
      request_uuid: approval.requestUuid,
      approver_uuid: approval.approverUuid,
      decision: approval.decision,
      decided_at: approval.at.getTime(),
      comment: approval.comment,
    })
    .onConflict(conflict => conflict.columns(['request_uuid', 'approver_uuid']).doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}
