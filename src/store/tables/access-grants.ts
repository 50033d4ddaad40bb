import type { Kysely } from 'kysely'
import type { RoleAssignment } from '../../domain/organisation.ts'
import type { UserGrant } from '../../domain/permission.ts'
import type { ExtendedRight } from '../../domain/role.ts'
import type { Database, UserGrantTable } from '../database.ts'

export async function listRoleAssignments(db: Kysely<Database>): Promise<readonly RoleAssignment[]> {
  const rows = await db
    .selectFrom('role_assignments')
    .selectAll()
    .orderBy('role')
    .orderBy('trustee')
    .execute()
  return rows.map(({ role, trustee }) => ({ role, trustee }))
}

export async function saveRoleAssignment(
  db: Kysely<Database>,
  { role, trustee }: RoleAssignment,
): Promise<void> {
  await db
    .insertInto('role_assignments')
    .values({ role, trustee })
    .onConflict(conflict => conflict.columns(['role', 'trustee']).doNothing())
    .execute()
}

export async function listUserGrants(db: Kysely<Database>): Promise<readonly UserGrant[]> {
  const rows = await db.selectFrom('user_grants').selectAll().orderBy('trustee').orderBy('over_sid').execute()
  return rows.map(row => {
    const rights: readonly ExtendedRight[] = JSON.parse(row.rights)
    return { trustee: row.trustee, over: row.over_sid, rights }
  })
}

export async function saveUserGrant(db: Kysely<Database>, grant: UserGrant): Promise<void> {
  const row: UserGrantTable = {
    trustee: grant.trustee,
    over_sid: grant.over,
    rights: JSON.stringify(grant.rights),
  }
  await db
    .insertInto('user_grants')
    .values(row)
    .onConflict(conflict => conflict.columns(['trustee', 'over_sid']).doUpdateSet(row))
    .execute()
}
