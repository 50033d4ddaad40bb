import type { Kysely } from 'kysely'
import type { CertificatePublication } from '../../domain/certificate-publication.ts'
import type { Database } from '../database.ts'
import { certificateOfRow } from './certificates.ts'

export async function listDuePublications(
  db: Kysely<Database>,
  now: Date,
  limit: number,
): Promise<readonly CertificatePublication[]> {
  const rows = await db
    .selectFrom('certificate_publications')
    .innerJoin('certificates', 'certificates.uuid', 'certificate_publications.certificate_uuid')
    .selectAll('certificates')
    .select(['certificate_publications.generation', 'certificate_publications.attempts'])
    .where('certificate_publications.due_at', '<=', now.getTime())
    .orderBy('certificate_publications.due_at')
    .orderBy('certificate_publications.certificate_uuid')
    .limit(limit)
    .execute()
  return rows.map(row => ({
    certificate: certificateOfRow(row),
    generation: row.generation,
    attempts: row.attempts,
  }))
}

export async function requestPublication(
  db: Kysely<Database>,
  certificateUuid: string,
  at: Date,
): Promise<void> {
  await db
    .insertInto('certificate_publications')
    .values({ certificate_uuid: certificateUuid, due_at: at.getTime(), generation: 1, attempts: 0 })
    .onConflict(conflict =>
      conflict.column('certificate_uuid').doUpdateSet(({ ref, eb }) => ({
        due_at: at.getTime(),
        generation: eb(ref('certificate_publications.generation'), '+', 1),
        attempts: 0,
      })),
    )
    .execute()
}

/** What is due at the beginning of time comes first. */
export async function lookAtPublicationAgain(db: Kysely<Database>, certificateUuid: string): Promise<void> {
  await db
    .updateTable('certificate_publications')
    .set(({ eb }) => ({ due_at: 0, generation: eb('generation', '+', 1), attempts: 0 }))
    .where('certificate_uuid', '=', certificateUuid)
    .execute()
}

export async function settlePublication(
  db: Kysely<Database>,
  certificateUuid: string,
  generation: number,
  next: Date | null,
): Promise<boolean> {
  if (next === null) {
    const { numDeletedRows } = await db
      .deleteFrom('certificate_publications')
      .where('certificate_uuid', '=', certificateUuid)
      .where('generation', '=', generation)
      .executeTakeFirstOrThrow()
    return numDeletedRows === 1n
  }
  const { numUpdatedRows } = await db
    .updateTable('certificate_publications')
    .set({ due_at: next.getTime(), attempts: 0 })
    .where('certificate_uuid', '=', certificateUuid)
    .where('generation', '=', generation)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function postponePublication(
  db: Kysely<Database>,
  certificateUuid: string,
  generation: number,
  until: Date,
): Promise<void> {
  await db
    .updateTable('certificate_publications')
    .set(({ eb }) => ({ due_at: until.getTime(), attempts: eb('attempts', '+', 1) }))
    .where('certificate_uuid', '=', certificateUuid)
    .where('generation', '=', generation)
    .execute()
}
