import { isDeepStrictEqual } from 'node:util'
import { type Kysely, sql } from 'kysely'
import { CardinalError } from '../../domain/error.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import { type Flag, toFlag } from '../column-values.ts'
import type { Database } from '../database.ts'

/** Spelled out, not a parameter, so that a plan made before the parameters are known may use the partial index. */
const isCurrent = sql.lit<Flag>(1)

export async function findProfileTemplate(
  db: Kysely<Database>,
  uuid: string,
): Promise<ProfileTemplate | null> {
  const row = await db
    .selectFrom('profile_template_versions')
    .select('document')
    .where('uuid', '=', uuid)
    .where('is_current', '=', isCurrent)
    .executeTakeFirst()
  return row === undefined ? null : fromDocument(row.document)
}

export async function findProfileTemplateVersion(
  db: Kysely<Database>,
  uuid: string,
  version: number,
): Promise<ProfileTemplate | null> {
  const row = await db
    .selectFrom('profile_template_versions')
    .select('document')
    .where('uuid', '=', uuid)
    .where('version', '=', version)
    .executeTakeFirst()
  return row === undefined ? null : fromDocument(row.document)
}

export async function listProfileTemplates(db: Kysely<Database>): Promise<readonly ProfileTemplate[]> {
  const rows = await db
    .selectFrom('profile_template_versions')
    .select('document')
    .where('is_current', '=', isCurrent)
    .orderBy('name')
    .orderBy('uuid')
    .execute()
  return rows.map(row => fromDocument(row.document))
}

/**
 * A version never changes, as requests run under it to their end; saving the same one again is allowed.
 *
 * @throws CardinalError ConcurrentChange where the version exists with other contents: two editors began at the same one
 */
export async function saveProfileTemplate(db: Kysely<Database>, template: ProfileTemplate): Promise<void> {
  const { uuid, version, name } = template
  await db
    .updateTable('profile_template_versions')
    .set({ is_current: toFlag(false) })
    .where('uuid', '=', uuid)
    .where('is_current', '=', isCurrent)
    .execute()
  const known = await findProfileTemplateVersion(db, uuid, version)
  if (known === null) {
    await db
      .insertInto('profile_template_versions')
      .values({ uuid, version, name, document: JSON.stringify(template), is_current: toFlag(true) })
      .execute()
    return
  }
  if (!isDeepStrictEqual(known, fromDocument(JSON.stringify(template)))) {
    throw new CardinalError(
      'ConcurrentChange',
      `Version ${version} of the profile template ${uuid} exists already, with other contents.`,
    )
  }
  await db
    .updateTable('profile_template_versions')
    .set({ is_current: toFlag(true) })
    .where('uuid', '=', uuid)
    .where('version', '=', version)
    .execute()
}

function fromDocument(document: string): ProfileTemplate {
  return JSON.parse(document)
}
