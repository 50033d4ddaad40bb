import type { Kysely, Selectable } from 'kysely'
import type { Profile, ProfileFlag, ProfileStatus } from '../../domain/profile.ts'
import type { ListPage } from '../../workflows/ports/store.ts'
import type { Database, ProfileTable } from '../database.ts'
import { requirePlace } from '../list-place.ts'
import type { RowLock } from '../locks/row-lock.ts'
import { requireUpdatedRow } from '../updated-row.ts'

export async function findProfile(
  db: Kysely<Database>,
  uuid: string,
  rowLock: RowLock = 'none',
): Promise<Profile | null> {
  const row = await db
    .selectFrom('profiles')
    .selectAll()
    .where('uuid', '=', uuid)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listProfilesOfUser(
  db: Kysely<Database>,
  userUuid: string,
  status: ProfileStatus | null,
  { after, limit }: ListPage,
): Promise<readonly Profile[]> {
  let query = db.selectFrom('profiles').selectAll().where('assigned_user_uuid', '=', userUuid)
  if (status !== null) query = query.where('status', '=', status)
  if (after !== null) {
    const place = await db
      .selectFrom('profiles')
      .select('sequence')
      .where('uuid', '=', after)
      .where('assigned_user_uuid', '=', userUuid)
      .executeTakeFirst()
    query = query.where('sequence', '<', requirePlace(place).sequence)
  }
  const rows = await query.orderBy('sequence', 'desc').limit(limit).execute()
  return rows.map(fromRow)
}

export async function insertProfile(db: Kysely<Database>, profile: Profile): Promise<void> {
  await db.insertInto('profiles').values(toRow(profile)).execute()
}

export async function updateProfile(db: Kysely<Database>, profile: Profile): Promise<void> {
  const { uuid, ...changes } = toRow(profile)
  const result = await db
    .updateTable('profiles')
    .set(changes)
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  requireUpdatedRow(result, `profile ${uuid}`)
}

function toRow(profile: Profile) {
  return {
    uuid: profile.uuid,
    status: profile.status,
    flags: JSON.stringify(profile.flags),
    assigned_user_uuid: profile.assignedUserUuid,
    smartcard_uuid: profile.smartcardUuid,
    profile_template_uuid: profile.profileTemplateUuid,
    profile_template_version: profile.profileTemplateVersion,
    parent_profile_uuid: profile.parentProfileUuid,
    primary_profile_uuid: profile.primaryProfileUuid,
    comment: profile.comment,
  }
}

function fromRow(row: Selectable<ProfileTable>): Profile {
  const flags: readonly ProfileFlag[] = JSON.parse(row.flags)
  return {
    uuid: row.uuid,
    status: row.status,
    flags,
    assignedUserUuid: row.assigned_user_uuid,
    smartcardUuid: row.smartcard_uuid,
    profileTemplateUuid: row.profile_template_uuid,
    profileTemplateVersion: row.profile_template_version,
    parentProfileUuid: row.parent_profile_uuid,
    primaryProfileUuid: row.primary_profile_uuid,
    comment: row.comment,
  }
}
