import { type Kysely, type Selectable, sql } from 'kysely'
import type { CertificateRecord, CertificateState } from '../../domain/certificate.ts'
import type { RevocationReason } from '../../domain/policy.ts'
import type { RevokedCertificate } from '../../domain/revocation-list.ts'
import type { ListPage } from '../../workflows/ports/store.ts'
import { fromMilliseconds, toMilliseconds } from '../column-values.ts'
import type { CertificateTable, Database } from '../database.ts'
import { requirePlace } from '../list-place.ts'
import { requireUpdatedRow } from '../updated-row.ts'

const signedStates = ['issued', 'on-hold', 'revoked'] as const satisfies readonly CertificateState[]

export async function listCertificatesOfProfile(
  db: Kysely<Database>,
  profileUuid: string,
): Promise<readonly CertificateRecord[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    .where('profile_uuid', '=', profileUuid)
    .where('state', 'in', signedStates)
    .orderBy('sequence', 'desc')
    .execute()
  return rows.map(certificateOfRow)
}

export async function listCertificatesOfUser(
  db: Kysely<Database>,
  userUuid: string,
  { after, limit }: ListPage,
): Promise<readonly CertificateRecord[]> {
  let query = db.selectFrom('certificates').selectAll().where('owner_uuid', '=', userUuid)
  if (after !== null) {
    const place = await db
      .selectFrom('certificates')
      .select('sequence')
      .where('uuid', '=', after)
      .where('owner_uuid', '=', userUuid)
      .executeTakeFirst()
    query = query.where('sequence', '<', requirePlace(place).sequence)
  }
  const rows = await query
    .where('state', 'in', signedStates)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('profiles')
            .whereRef('profiles.uuid', '=', 'certificates.profile_uuid')
            .where('profiles.status', '=', 'retired')
            .select('profiles.uuid'),
        ),
      ),
    )
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute()
  return rows.map(certificateOfRow)
}

export async function listCertificatesOfRequest(
  db: Kysely<Database>,
  requestUuid: string,
): Promise<readonly CertificateRecord[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    .where('request_uuid', '=', requestUuid)
    .orderBy('sequence')
    .execute()
  return rows.map(certificateOfRow)
}

export async function findCertificateBySerialNumber(
  db: Kysely<Database>,
  certificationAuthorityUuid: string,
  serialNumber: string,
): Promise<CertificateRecord | null> {
  const row = await db
    .selectFrom('certificates')
    .selectAll()
    .where('certification_authority_uuid', '=', certificationAuthorityUuid)
    .where('serial_number', '=', serialNumber)
    .executeTakeFirst()
  return row === undefined ? null : certificateOfRow(row)
}

export async function listPreparedCertificates(
  db: Kysely<Database>,
  limit: number,
): Promise<readonly CertificateRecord[]> {
  const rows = await db
    .selectFrom('certificates')
    .selectAll()
    // Spelled out, not a parameter, so that a plan made before the parameters are known may use the partial index.
    .where('state', '=', sql.lit<CertificateState>('prepared'))
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows.map(certificateOfRow)
}

/** A certificate stays on the list up to and including its last moment of validity (RFC 5280 §3.3). */
export async function listRevokedCertificates(
  db: Kysely<Database>,
  certificationAuthorityUuid: string,
  now: Date,
): Promise<readonly RevokedCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .select(['serial_number', 'revoked_at', 'revocation_reason'])
    .where('certification_authority_uuid', '=', certificationAuthorityUuid)
    .where('not_after', '>=', now.getTime())
    .where('revoked_at', 'is not', null)
    .orderBy('serial_number')
    .$narrowType<{ revoked_at: number }>()
    .execute()
  return rows.map(row => ({
    serialNumber: row.serial_number,
    revokedAt: new Date(row.revoked_at),
    reason: row.revocation_reason ?? 'unspecified',
  }))
}

export async function reserveSerialNumber(
  db: Kysely<Database>,
  certificationAuthorityUuid: string,
  serialNumber: string,
): Promise<boolean> {
  const result = await db
    .insertInto('serial_numbers')
    .values({ certification_authority_uuid: certificationAuthorityUuid, serial_number: serialNumber })
    .onConflict(conflict => conflict.columns(['certification_authority_uuid', 'serial_number']).doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function insertCertificate(db: Kysely<Database>, record: CertificateRecord): Promise<void> {
  await db.insertInto('certificates').values(toRow(record)).execute()
}

export async function finishCertificate(
  db: Kysely<Database>,
  uuid: string,
  signed: { certificate: Uint8Array; thumbprint: string },
): Promise<boolean> {
  const result = await db
    .updateTable('certificates')
    .set({ state: 'issued', certificate: signed.certificate, thumbprint: signed.thumbprint })
    .where('uuid', '=', uuid)
    .where('state', '=', 'prepared')
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

export async function updateCertificateState(
  db: Kysely<Database>,
  uuid: string,
  state: CertificateState,
  revocation: { at: Date; reason: RevocationReason } | null,
): Promise<void> {
  const result = await db
    .updateTable('certificates')
    .set({
      state,
      revoked_at: toMilliseconds(revocation?.at ?? null),
      revocation_reason: revocation?.reason ?? null,
    })
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  requireUpdatedRow(result, `certificate ${uuid}`)
}

function toRow(record: CertificateRecord) {
  return {
    uuid: record.uuid,
    serial_number: record.serialNumber,
    state: record.state,
    request_uuid: record.requestUuid,
    profile_uuid: record.profileUuid,
    owner_uuid: record.ownerUuid,
    certificate_template: record.certificateTemplate,
    certification_authority_uuid: record.certificationAuthorityUuid,
    certification_request_hash: record.certificationRequestHash,
    tbs_certificate: record.tbsCertificate,
    certificate: record.certificate,
    thumbprint: record.thumbprint,
    not_before: record.notBefore.getTime(),
    not_after: record.notAfter.getTime(),
    issuer_name: record.issuerName,
    requester_name: record.requesterName,
    revoked_at: toMilliseconds(record.revokedAt),
    revocation_reason: record.revocationReason,
  }
}

export function certificateOfRow(row: Selectable<CertificateTable>): CertificateRecord {
  return {
    uuid: row.uuid,
    serialNumber: row.serial_number,
    state: row.state,
    requestUuid: row.request_uuid,
    profileUuid: row.profile_uuid,
    ownerUuid: row.owner_uuid,
    certificateTemplate: row.certificate_template,
    certificationAuthorityUuid: row.certification_authority_uuid,
    certificationRequestHash: row.certification_request_hash,
    tbsCertificate: row.tbs_certificate,
    certificate: row.certificate,
    thumbprint: row.thumbprint,
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    issuerName: row.issuer_name,
    requesterName: row.requester_name,
    revokedAt: fromMilliseconds(row.revoked_at),
    revocationReason: row.revocation_reason,
  }
}
