import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'

export async function findToldUnblockingKey(
  db: Kysely<Database>,
  cardId: string,
  requestUuid: string,
): Promise<number | null> {
  const row = await db
    .selectFrom('told_unblocking_keys')
    .select('generation')
    .where('card_id', '=', cardId)
    .where('request_uuid', '=', requestUuid)
    .executeTakeFirst()
  return row?.generation ?? null
}

export async function findHighestUnblockingKeyOfOthers(
  db: Kysely<Database>,
  cardId: string,
  requestUuid: string,
): Promise<number> {
  const row = await db
    .selectFrom('told_unblocking_keys')
    .select('generation')
    .where('card_id', '=', cardId)
    .where('request_uuid', '!=', requestUuid)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.generation ?? 0
}

export async function insertToldUnblockingKey(
  db: Kysely<Database>,
  told: { readonly cardId: string; readonly requestUuid: string; readonly generation: number },
): Promise<void> {
  await db
    .insertInto('told_unblocking_keys')
    .values({ card_id: told.cardId, request_uuid: told.requestUuid, generation: told.generation })
    .execute()
}
