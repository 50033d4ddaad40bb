import type { Kysely } from 'kysely'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Session } from '../../domain/session.ts'
import { fromFlag } from '../column-values.ts'
import type { Database, SessionTable, UserTable } from '../database.ts'
import type { RowLock } from '../locks/row-lock.ts'
import { prepareLookup } from '../prepared-lookup.ts'

const ownerColumns = [
  'users.sid',
  'users.domain',
  'users.account_name',
  'users.display_name',
  'users.user_principal_name',
  'users.mail',
  'users.distinguished_name',
  'users.is_enabled',
] as const

/** Each of the three columns has its own index. */
const sessionByTokenHash = prepareLookup((db, tokenHash) =>
  db
    .selectFrom('sessions')
    .leftJoin('users', 'users.uuid', 'sessions.user_uuid')
    .selectAll('sessions')
    .select(ownerColumns)
    .where(where =>
      where.or([
        where('token_hash', '=', tokenHash),
        where('offered_token_hash', '=', tokenHash),
        where('previous_token_hash', '=', tokenHash),
      ]),
    ),
)

export async function findSession(db: Kysely<Database>, tokenHash: string): Promise<Session | null> {
  return (await findSessionAndOwner(db, tokenHash))?.session ?? null
}

export async function findSessionAndOwner(
  db: Kysely<Database>,
  tokenHash: string,
): Promise<{ session: Session; owner: DirectoryUser | null } | null> {
  const [row] = await sessionByTokenHash(db, tokenHash)
  return row === undefined ? null : { session: fromRow(row), owner: ownerOf(row) }
}

export async function lockSession(
  db: Kysely<Database>,
  uuid: string,
  rowLock: RowLock,
): Promise<Session | null> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('uuid', '=', uuid)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listSessionsOfUser(
  db: Kysely<Database>,
  userUuid: string,
  limit: number,
): Promise<readonly Session[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_uuid', '=', userUuid)
    .orderBy('last_seen_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

export async function insertSession(db: Kysely<Database>, session: Session): Promise<void> {
  await db.insertInto('sessions').values(toRow(session)).execute()
}

export async function updateSession(db: Kysely<Database>, session: Session): Promise<void> {
  const { uuid, ...changes } = toRow(session)
  await db.updateTable('sessions').set(changes).where('uuid', '=', uuid).execute()
}

export async function deleteSession(db: Kysely<Database>, uuid: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export async function deleteSessionsOfUser(db: Kysely<Database>, userUuid: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('user_uuid', '=', userUuid)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Two statements, each on its own index. */
export async function deleteSessionsBefore(db: Kysely<Database>, lastSeen: Date, begun: Date): Promise<void> {
  await db.deleteFrom('sessions').where('last_seen_at', '<', lastSeen.getTime()).execute()
  await db.deleteFrom('sessions').where('begun_at', '<', begun.getTime()).execute()
}

type OwnerRow = {
  readonly [Column in keyof Omit<UserTable, 'uuid' | `folded_${string}`>]: UserTable[Column] | null
}

/** Whoever has no row is known to the company's directory alone. */
function ownerOf(row: OwnerRow & Pick<SessionTable, 'user_uuid'>): DirectoryUser | null {
  const { sid, domain, account_name: accountName, display_name: displayName } = row
  const { distinguished_name: distinguishedName, is_enabled: isEnabled } = row
  if (sid === null || domain === null || accountName === null || displayName === null) return null
  if (distinguishedName === null || isEnabled === null) return null
  return {
    uuid: row.user_uuid,
    sid,
    domain,
    accountName,
    displayName,
    userPrincipalName: row.user_principal_name,
    mail: row.mail,
    distinguishedName,
    enabled: fromFlag(isEnabled),
  }
}

function toRow(session: Session): SessionTable {
  return {
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
  }
}

function fromRow(row: SessionTable): Session {
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
