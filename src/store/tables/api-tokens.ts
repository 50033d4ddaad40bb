import type { Kysely } from 'kysely'
import type { ApiToken } from '../../domain/api-token.ts'
import type { Scope } from '../../domain/scope.ts'
import type { ApiTokenTable, Database } from '../database.ts'
import type { RowLock } from '../locks/row-lock.ts'

export async function findApiToken(db: Kysely<Database>, tokenHash: string): Promise<ApiToken | null> {
  const row = await db
    .selectFrom('api_tokens')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function lockApiToken(
  db: Kysely<Database>,
  uuid: string,
  rowLock: RowLock,
): Promise<ApiToken | null> {
  const row = await db
    .selectFrom('api_tokens')
    .selectAll()
    .where('uuid', '=', uuid)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listApiTokensOfUser(
  db: Kysely<Database>,
  userUuid: string,
  limit: number,
): Promise<readonly ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .selectAll()
    .where('user_uuid', '=', userUuid)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

export async function insertApiToken(db: Kysely<Database>, token: ApiToken): Promise<void> {
  await db
    .insertInto('api_tokens')
    .values({
      uuid: token.uuid,
      token_hash: token.tokenHash,
      user_uuid: token.userUuid,
      name: token.name,
      scopes: JSON.stringify(token.scopes),
      created_at: token.createdAt.getTime(),
      expires_at: token.expiresAt.getTime(),
      last_used_at: token.lastUsedAt?.getTime() ?? null,
    })
    .execute()
}

/** Never sets the time back: calls may overtake each other. */
export async function touchApiToken(db: Kysely<Database>, uuid: string, at: Date): Promise<void> {
  const time = at.getTime()
  await db
    .updateTable('api_tokens')
    .set({ last_used_at: time })
    .where('uuid', '=', uuid)
    .where(where => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', time)]))
    .execute()
}

export async function deleteApiToken(db: Kysely<Database>, uuid: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('api_tokens')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export async function deleteExpiredApiTokens(
  db: Kysely<Database>,
  userUuid: string,
  before: Date,
): Promise<void> {
  await db
    .deleteFrom('api_tokens')
    .where('user_uuid', '=', userUuid)
    .where('expires_at', '<', before.getTime())
    .execute()
}

function fromRow(row: ApiTokenTable): ApiToken {
  const scopes: readonly Scope[] = JSON.parse(row.scopes)
  return {
    uuid: row.uuid,
    tokenHash: row.token_hash,
    userUuid: row.user_uuid,
    name: row.name,
    scopes,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at),
  }
}
