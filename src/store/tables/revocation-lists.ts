import type { Kysely } from 'kysely'
import type { RevocationList } from '../../domain/revocation-list.ts'
import type { Database } from '../database.ts'

export async function findLatestRevocationList(
  db: Kysely<Database>,
  certificationAuthorityUuid: string,
): Promise<RevocationList | null> {
  const row = await db
    .selectFrom('revocation_lists')
    .selectAll()
    .where('certification_authority_uuid', '=', certificationAuthorityUuid)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    certificationAuthorityUuid: row.certification_authority_uuid,
    number: row.number,
    der: row.der,
    thisUpdate: new Date(row.this_update),
    nextUpdate: new Date(row.next_update),
  }
}

export async function insertRevocationList(db: Kysely<Database>, list: RevocationList): Promise<boolean> {
  const result = await db
    .insertInto('revocation_lists')
    .values({
      certification_authority_uuid: list.certificationAuthorityUuid,
      number: list.number,
      der: list.der,
      this_update: list.thisUpdate.getTime(),
      next_update: list.nextUpdate.getTime(),
    })
    .onConflict(conflict => conflict.columns(['certification_authority_uuid', 'number']).doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}
