import type { Kysely } from 'kysely'
import type { CardMasterKeyRecord } from '../../domain/sealed-key.ts'
import type { Database } from '../database.ts'

export async function listCardMasterKeys(db: Kysely<Database>): Promise<readonly CardMasterKeyRecord[]> {
  const rows = await db.selectFrom('card_master_keys').selectAll().orderBy('version').execute()
  return rows.map(row => ({ version: row.version, sealedSecret: row.sealed_secret }))
}

export async function insertCardMasterKey(db: Kysely<Database>, record: CardMasterKeyRecord): Promise<void> {
  await db
    .insertInto('card_master_keys')
    .values({ version: record.version, sealed_secret: record.sealedSecret })
    .execute()
}
