import type { Kysely } from 'kysely'
import type { CertificationAuthorityRecord } from '../../domain/sealed-key.ts'
import type { Database } from '../database.ts'

/** In the order in which they were created. */
export async function listCertificationAuthorities(
  db: Kysely<Database>,
): Promise<readonly CertificationAuthorityRecord[]> {
  const rows = await db.selectFrom('certification_authorities').selectAll().orderBy('sequence').execute()
  return rows.map(row => ({
    uuid: row.uuid,
    kind: row.kind,
    name: row.name,
    certificate: row.certificate,
    sealedPrivateKey: row.sealed_private_key,
  }))
}

export async function insertCertificationAuthority(
  db: Kysely<Database>,
  record: CertificationAuthorityRecord,
): Promise<void> {
  await db
    .insertInto('certification_authorities')
    .values({
      uuid: record.uuid,
      kind: record.kind,
      name: record.name,
      certificate: record.certificate,
      sealed_private_key: record.sealedPrivateKey,
    })
    .execute()
}
