import { type Kysely, sql } from 'kysely'
import type { DirectoryGroup, GroupMember, GroupSummary } from '../../domain/organisation.ts'
import { foldCase, fromFlag } from '../column-values.ts'
import type { Database, GroupTable } from '../database.ts'

/** Members inserted by one statement, far below the engines' limits on parameters. */
const batchSize = 1000

export async function findGroupByName(db: Kysely<Database>, name: string): Promise<DirectoryGroup | null> {
  return await withMembers(
    db,
    await db.selectFrom('groups').selectAll().where('folded_name', '=', foldCase(name)).executeTakeFirst(),
  )
}

export async function findGroupBySid(db: Kysely<Database>, sid: string): Promise<DirectoryGroup | null> {
  return await withMembers(
    db,
    await db.selectFrom('groups').selectAll().where('sid', '=', sid).executeTakeFirst(),
  )
}

async function withMembers(
  db: Kysely<Database>,
  row: GroupTable | undefined,
): Promise<DirectoryGroup | null> {
  if (row === undefined) return null
  const members = await db
    .selectFrom('group_members')
    .select('member_sid')
    .where('group_uuid', '=', row.uuid)
    .orderBy('member_sid')
    .execute()
  return { uuid: row.uuid, sid: row.sid, name: row.name, members: members.map(member => member.member_sid) }
}

export async function listGroups(
  db: Kysely<Database>,
  { after, limit }: { after: string | null; limit: number },
): Promise<readonly GroupSummary[]> {
  let query = db
    .selectFrom('groups')
    .select(['uuid', 'sid', 'name'])
    .select(({ selectFrom, fn }) =>
      selectFrom('group_members')
        .select(fn.countAll<number | string>().as('count'))
        .whereRef('group_members.group_uuid', '=', 'groups.uuid')
        .as('member_count'),
    )
  if (after !== null) query = query.where('folded_name', '>', foldCase(after))
  const rows = await query.orderBy('folded_name').limit(limit).execute()
  return rows.map(row => ({
    uuid: row.uuid,
    sid: row.sid,
    name: row.name,
    memberCount: Number(row.member_count),
  }))
}

export async function listGroupMembers(
  db: Kysely<Database>,
  groupUuid: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<readonly GroupMember[]> {
  let query = db
    .selectFrom('group_members')
    .leftJoin('users', 'users.sid', 'group_members.member_sid')
    .leftJoin('groups', 'groups.sid', 'group_members.member_sid')
    .select(['group_members.member_sid', 'users.account_name', 'users.is_enabled', 'groups.name'])
    .where('group_members.group_uuid', '=', groupUuid)
  if (after !== null) query = query.where('group_members.member_sid', '>', after)
  const rows = await query.orderBy('group_members.member_sid').limit(limit).execute()
  return rows.map(({ member_sid: sid, account_name: accountName, is_enabled: isEnabled, name }) => {
    if (accountName !== null) {
      return { kind: 'user', name: accountName, sid, enabled: isEnabled !== null && fromFlag(isEnabled) }
    }
    return name === null
      ? { kind: 'elsewhere', name: sid, sid, enabled: true }
      : { kind: 'group', name, sid, enabled: true }
  })
}

export async function listGroupNamesHolding(
  db: Kysely<Database>,
  memberSid: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.uuid', 'group_members.group_uuid')
    .select('groups.name')
    .where('group_members.member_sid', '=', memberSid)
    .orderBy('groups.folded_name')
    .execute()
  return rows.map(row => row.name)
}

/** UNION drops what was met before, so that groups that hold each other end the recursion. */
export async function listGroupSidsOf(db: Kysely<Database>, memberSid: string): Promise<readonly string[]> {
  const { rows } = await sql<{ sid: string }>`
    with recursive holding (sid) as (
      select groups.sid from group_members
        join groups on groups.uuid = group_members.group_uuid
        where group_members.member_sid = ${memberSid}
      union
      select groups.sid from holding
        join group_members on group_members.member_sid = holding.sid
        join groups on groups.uuid = group_members.group_uuid
    )
    select sid from holding order by sid`.execute(db)
  return rows.map(row => row.sid)
}

export async function saveGroup(db: Kysely<Database>, group: DirectoryGroup): Promise<void> {
  const row: GroupTable = {
    uuid: group.uuid,
    sid: group.sid,
    name: group.name,
    folded_name: foldCase(group.name),
  }
  await db
    .insertInto('groups')
    .values(row)
    .onConflict(conflict => conflict.column('uuid').doUpdateSet(row))
    .execute()
  const before = new Set((await withMembers(db, row))?.members)
  const after = new Set(group.members)
  await takeOut(
    db,
    group.uuid,
    [...before].filter(sid => !after.has(sid)),
  )
  const members = [...after]
    .filter(sid => !before.has(sid))
    .map(sid => ({ group_uuid: group.uuid, member_sid: sid }))
  for (let start = 0; start < members.length; start += batchSize) {
    await db
      .insertInto('group_members')
      .values(members.slice(start, start + batchSize))
      .execute()
  }
}

async function takeOut(db: Kysely<Database>, groupUuid: string, members: readonly string[]): Promise<void> {
  for (let start = 0; start < members.length; start += batchSize) {
    await db
      .deleteFrom('group_members')
      .where('group_uuid', '=', groupUuid)
      .where('member_sid', 'in', members.slice(start, start + batchSize))
      .execute()
  }
}

export async function deleteGroup(db: Kysely<Database>, group: DirectoryGroup): Promise<void> {
  await db.deleteFrom('role_assignments').where('trustee', '=', group.sid).execute()
  await db.deleteFrom('user_grants').where('trustee', '=', group.sid).execute()
  await db.deleteFrom('user_grants').where('over_sid', '=', group.sid).execute()
  await db.deleteFrom('group_members').where('member_sid', '=', group.sid).execute()
  await db.deleteFrom('group_members').where('group_uuid', '=', group.uuid).execute()
  await db.deleteFrom('groups').where('uuid', '=', group.uuid).execute()
}
