import type { Kysely } from 'kysely'
import type { Organisation } from '../../domain/organisation.ts'
import type { Database, OrganisationTable } from '../database.ts'

export async function findOrganisation(db: Kysely<Database>): Promise<Organisation | null> {
  const row = await db.selectFrom('organisation').selectAll().where('id', '=', 1).executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function saveOrganisation(db: Kysely<Database>, organisation: Organisation): Promise<void> {
  const row = toRow(organisation)
  await db
    .insertInto('organisation')
    .values(row)
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

function toRow(organisation: Organisation): OrganisationTable {
  return {
    id: 1,
    name: organisation.name,
    domain: organisation.domain,
    dns_name: organisation.dnsName,
    domain_sid: organisation.domainSid,
    service_account_sid: organisation.serviceAccountSid,
  }
}

function fromRow(row: OrganisationTable): Organisation {
  return {
    name: row.name,
    domain: row.domain,
    dnsName: row.dns_name,
    domainSid: row.domain_sid,
    serviceAccountSid: row.service_account_sid,
  }
}
