import type { Kysely } from 'kysely'
import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import type { Database } from '../database.ts'

export async function findCertificateTemplate(
  db: Kysely<Database>,
  commonName: string,
): Promise<CertificateTemplate | null> {
  const row = await db
    .selectFrom('certificate_templates')
    .select('document')
    .where('common_name', '=', commonName)
    .executeTakeFirst()
  if (row === undefined) return null
  const template: CertificateTemplate = JSON.parse(row.document)
  // Templates that were written before there was this choice do not hold it.
  return { ...template, publishToDirectory: template.publishToDirectory ?? false }
}

export async function saveCertificateTemplate(
  db: Kysely<Database>,
  template: CertificateTemplate,
): Promise<void> {
  const row = { common_name: template.commonName, document: JSON.stringify(template) }
  await db
    .insertInto('certificate_templates')
    .values(row)
    .onConflict(conflict => conflict.column('common_name').doUpdateSet(row))
    .execute()
}
