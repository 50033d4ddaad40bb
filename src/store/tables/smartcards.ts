import type { Kysely, Selectable } from 'kysely'
import type { PhysicalCard, Smartcard, SmartcardFlag } from '../../domain/smartcard.ts'
import type { ListPage } from '../../workflows/ports/store.ts'
import type { Database, SmartcardTable } from '../database.ts'
import { requirePlace } from '../list-place.ts'
import type { RowLock } from '../locks/row-lock.ts'
import { requireUpdatedRow } from '../updated-row.ts'

export async function findSmartcard(
  db: Kysely<Database>,
  uuid: string,
  rowLock: RowLock = 'none',
): Promise<Smartcard | null> {
  const row = await db
    .selectFrom('smartcards')
    .selectAll()
    .where('uuid', '=', uuid)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listSmartcardsByCardId(
  db: Kysely<Database>,
  cardId: string,
): Promise<readonly Smartcard[]> {
  const rows = await db
    .selectFrom('smartcards')
    .selectAll()
    .where('card_id', '=', cardId)
    .orderBy('sequence', 'desc')
    .execute()
  return rows.map(fromRow)
}

export async function hasCompletedAssignment(db: Kysely<Database>, cardId: string): Promise<boolean> {
  const row = await db
    .selectFrom('smartcards')
    .innerJoin('requests', 'requests.new_smartcard_uuid', 'smartcards.uuid')
    .select('requests.uuid')
    .where('smartcards.card_id', '=', cardId)
    .where('requests.status', '=', 'completed')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function listSmartcardsOfUser(
  db: Kysely<Database>,
  userUuid: string,
  { after, limit }: ListPage,
): Promise<readonly Smartcard[]> {
  let query = db.selectFrom('smartcards').selectAll().where('assigned_user_uuid', '=', userUuid)
  if (after !== null) {
    const place = await db
      .selectFrom('smartcards')
      .select('sequence')
      .where('uuid', '=', after)
      .where('assigned_user_uuid', '=', userUuid)
      .executeTakeFirst()
    query = query.where('sequence', '<', requirePlace(place).sequence)
  }
  const rows = await query.orderBy('sequence', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

export async function insertSmartcard(db: Kysely<Database>, smartcard: Smartcard): Promise<void> {
  await db.insertInto('smartcards').values(toRow(smartcard)).execute()
}

export async function updateSmartcard(db: Kysely<Database>, smartcard: Smartcard): Promise<void> {
  const { uuid, ...changes } = toRow(smartcard)
  const result = await db
    .updateTable('smartcards')
    .set(changes)
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  requireUpdatedRow(result, `smart card ${uuid}`)
}

export async function findPhysicalCard(
  db: Kysely<Database>,
  cardId: string,
  rowLock: RowLock = 'none',
): Promise<PhysicalCard | null> {
  const row = await db
    .selectFrom('physical_cards')
    .selectAll()
    .where('card_id', '=', cardId)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    cardId: row.card_id,
    masterKeyVersion: row.master_key_version,
    adminKeyType: row.admin_key_type,
    unblockingKeyGeneration: row.unblocking_key_generation,
  }
}

export async function lockPhysicalCard(
  db: Kysely<Database>,
  cardId: string,
  rowLock: RowLock,
): Promise<PhysicalCard> {
  const known = await findPhysicalCard(db, cardId, rowLock)
  if (known !== null) return known
  // Waits for a transaction that is just inserting the same card.
  await db
    .insertInto('physical_cards')
    .values({
      card_id: cardId,
      master_key_version: null,
      admin_key_type: 'GIDS-3DES',
      unblocking_key_generation: 0,
    })
    .onConflict(conflict => conflict.column('card_id').doNothing())
    .execute()
  const begun = await findPhysicalCard(db, cardId, rowLock)
  if (begun === null) throw new Error(`The physical card ${cardId} vanished.`)
  return begun
}

export async function updatePhysicalCard(db: Kysely<Database>, card: PhysicalCard): Promise<void> {
  const result = await db
    .updateTable('physical_cards')
    .set({
      master_key_version: card.masterKeyVersion,
      admin_key_type: card.adminKeyType,
      unblocking_key_generation: card.unblockingKeyGeneration,
    })
    .where('card_id', '=', card.cardId)
    .executeTakeFirstOrThrow()
  requireUpdatedRow(result, `physical card ${card.cardId}`)
}

export async function findSealedPin(db: Kysely<Database>, smartcardUuid: string): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('sealed_pins')
    .select('sealed')
    .where('smartcard_uuid', '=', smartcardUuid)
    .executeTakeFirst()
  return row?.sealed ?? null
}

export async function saveSealedPin(
  db: Kysely<Database>,
  smartcardUuid: string,
  sealed: Uint8Array,
): Promise<void> {
  await db
    .insertInto('sealed_pins')
    .values({ smartcard_uuid: smartcardUuid, sealed })
    .onConflict(conflict => conflict.column('smartcard_uuid').doUpdateSet({ sealed }))
    .execute()
}

function toRow(smartcard: Smartcard) {
  return {
    uuid: smartcard.uuid,
    card_id: smartcard.cardId,
    status: smartcard.status,
    flags: JSON.stringify(smartcard.flags),
    assigned_user_uuid: smartcard.assignedUserUuid,
    profile_uuid: smartcard.profileUuid,
    profile_template_uuid: smartcard.profileTemplateUuid,
    profile_template_version: smartcard.profileTemplateVersion,
    parent_smartcard_uuid: smartcard.parentSmartcardUuid,
    primary_smartcard_uuid: smartcard.primarySmartcardUuid,
    permanent_smartcard_uuid: smartcard.permanentSmartcardUuid,
    comment: smartcard.comment,
    middleware: smartcard.middleware,
    answer_to_reset: smartcard.answerToReset,
  }
}

function fromRow(row: Selectable<SmartcardTable>): Smartcard {
  const flags: readonly SmartcardFlag[] = JSON.parse(row.flags)
  return {
    uuid: row.uuid,
    cardId: row.card_id,
    status: row.status,
    flags,
    assignedUserUuid: row.assigned_user_uuid,
    profileUuid: row.profile_uuid,
    profileTemplateUuid: row.profile_template_uuid,
    profileTemplateVersion: row.profile_template_version,
    parentSmartcardUuid: row.parent_smartcard_uuid,
    primarySmartcardUuid: row.primary_smartcard_uuid,
    permanentSmartcardUuid: row.permanent_smartcard_uuid,
    comment: row.comment,
    middleware: row.middleware,
    answerToReset: row.answer_to_reset,
  }
}
