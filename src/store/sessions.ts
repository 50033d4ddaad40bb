import type { Kysely } from 'kysely'
import type { Session } from '../domain/session.ts'
import type { Database } from './database.ts'

export async function findSession(db: Kysely<Database>, tokenHash: string): Promise<Session | null> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  if (row === undefined) return null
  const { offered_token_hash: offeredHash, offered_at: offeredAt } = row
  return {
    uuid: row.uuid,
    tokenHash: row.token_hash,
    offered:
      offeredHash === null || offeredAt === null ? null : { tokenHash: offeredHash, at: new Date(offeredAt) },
    previousTokenHash: row.previous_token_hash,
    renewedAt: new Date(row.renewed_at),
    userUuid: row.user_uuid,
    scheme: row.scheme,
    address: row.address,
    begunAt: new Date(row.begun_at),
    lastSeenAt: new Date(row.last_seen_at),
  }
}

export async function insertSession(db: Kysely<Database>, session: Session): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      uuid: session.uuid,
      token_hash: session.tokenHash,
      offered_token_hash: session.offered?.tokenHash ?? null,
      previous_token_hash: session.previousTokenHash,
      offered_at: session.offered?.at.getTime() ?? null,
      renewed_at: session.renewedAt.getTime(),
      user_uuid: session.userUuid,
      scheme: session.scheme,
      address: session.address,
      begun_at: session.begunAt.getTime(),
      last_seen_at: session.lastSeenAt.getTime(),
    })
    .execute()
}

/** Never sets the time back: requests of one session may overtake each other. */
export async function touchSession(db: Kysely<Database>, tokenHash: string, at: Date): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: at.getTime() })
    .where('token_hash', '=', tokenHash)
    .where('last_seen_at', '<', at.getTime())
    .execute()
}

export async function deleteSession(db: Kysely<Database>, tokenHash: string): Promise<void> {
  await db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
}

/** Two statements, each on its own index. */
export async function deleteSessionsBefore(db: Kysely<Database>, lastSeen: Date, begun: Date): Promise<void> {
  await db.deleteFrom('sessions').where('last_seen_at', '<', lastSeen.getTime()).execute()
  await db.deleteFrom('sessions').where('begun_at', '<', begun.getTime()).execute()
}
