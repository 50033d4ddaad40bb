import type { Kysely } from 'kysely'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { LocalAccount } from '../../domain/session.ts'
import { foldCase, fromFlag, toFlag } from '../column-values.ts'
import type { Database, UserTable } from '../database.ts'
import { prepareLookup } from '../prepared-lookup.ts'

/** Rows saved by one statement, far below the engines' limits on parameters. */
const batchSize = 500

const userByUuid = prepareLookup((db, uuid) => db.selectFrom('users').selectAll().where('uuid', '=', uuid))

export async function findUser(db: Kysely<Database>, uuid: string): Promise<DirectoryUser | null> {
  const [row] = await userByUuid(db, uuid)
  return row === undefined ? null : fromRow(row)
}

export async function findUserBySid(db: Kysely<Database>, sid: string): Promise<DirectoryUser | null> {
  const row = await db.selectFrom('users').selectAll().where('sid', '=', sid).executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

/**
 * Takes `alice`, `CONTOSO\alice` or `alice@contoso.com`. Neither backslash nor @ can stand in an account name
 * (MS-SAMR 3.1.1.6), so the three forms do not overlap. An account name that several domains have finds nobody.
 */
export async function findUserByName(db: Kysely<Database>, name: string): Promise<DirectoryUser | null> {
  const folded = foldCase(name)
  const [domain, account] = splitOnce(folded, '\\')
  let query = db.selectFrom('users').selectAll()
  if (account !== null) {
    query = query.where('folded_account_name', '=', account).where('folded_domain', '=', domain)
  } else if (folded.includes('@')) {
    query = query.where('folded_user_principal_name', '=', folded)
  } else {
    query = query.where('folded_account_name', '=', folded)
  }
  const [row, another] = await query.limit(2).execute()
  return row === undefined || another !== undefined ? null : fromRow(row)
}

function splitOnce(text: string, separator: string): [before: string, after: string | null] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** Walks along the index on account names. */
export async function listUsers(
  db: Kysely<Database>,
  { after, limit }: { after: DirectoryUser | null; limit: number },
): Promise<readonly DirectoryUser[]> {
  let query = db.selectFrom('users').selectAll()
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('folded_account_name', 'folded_domain'),
        '>',
        tuple(foldCase(after.accountName), foldCase(after.domain)),
      ),
    )
  }
  const rows = await query.orderBy('folded_account_name').orderBy('folded_domain').limit(limit).execute()
  return rows.map(fromRow)
}

export async function saveUsers(db: Kysely<Database>, users: readonly DirectoryUser[]): Promise<void> {
  for (let start = 0; start < users.length; start += batchSize) {
    await db
      .insertInto('users')
      .values(users.slice(start, start + batchSize).map(toRow))
      .onConflict(conflict =>
        conflict.column('uuid').doUpdateSet(({ ref }) => ({
          sid: ref('excluded.sid'),
          domain: ref('excluded.domain'),
          account_name: ref('excluded.account_name'),
          display_name: ref('excluded.display_name'),
          user_principal_name: ref('excluded.user_principal_name'),
          mail: ref('excluded.mail'),
          distinguished_name: ref('excluded.distinguished_name'),
          is_enabled: ref('excluded.is_enabled'),
          folded_domain: ref('excluded.folded_domain'),
          folded_account_name: ref('excluded.folded_account_name'),
          folded_user_principal_name: ref('excluded.folded_user_principal_name'),
        })),
      )
      .execute()
  }
}

export async function findLocalAccount(db: Kysely<Database>, userUuid: string): Promise<LocalAccount | null> {
  const row = await db
    .selectFrom('local_accounts')
    .selectAll()
    .where('user_uuid', '=', userUuid)
    .executeTakeFirst()
  return row === undefined ? null : { userUuid: row.user_uuid, passwordHash: row.password_hash }
}

export async function saveLocalAccount(db: Kysely<Database>, account: LocalAccount): Promise<void> {
  const row = { user_uuid: account.userUuid, password_hash: account.passwordHash }
  await db
    .insertInto('local_accounts')
    .values(row)
    .onConflict(conflict => conflict.column('user_uuid').doUpdateSet(row))
    .execute()
}

function toRow(user: DirectoryUser): UserTable {
  return {
    uuid: user.uuid,
    sid: user.sid,
    domain: user.domain,
    account_name: user.accountName,
    display_name: user.displayName,
    user_principal_name: user.userPrincipalName,
    mail: user.mail,
    distinguished_name: user.distinguishedName,
    is_enabled: toFlag(user.enabled),
    folded_domain: foldCase(user.domain),
    folded_account_name: foldCase(user.accountName),
    folded_user_principal_name: user.userPrincipalName === null ? null : foldCase(user.userPrincipalName),
  }
}

function fromRow(row: UserTable): DirectoryUser {
  return {
    uuid: row.uuid,
    sid: row.sid,
    domain: row.domain,
    accountName: row.account_name,
    displayName: row.display_name,
    userPrincipalName: row.user_principal_name,
    mail: row.mail,
    distinguishedName: row.distinguished_name,
    enabled: fromFlag(row.is_enabled),
  }
}
