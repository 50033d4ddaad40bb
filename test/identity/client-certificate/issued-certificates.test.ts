import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLocalDirectory } from '../../../src/directory/local-directory.ts'
import type { CertificateRecord, CertificateState } from '../../../src/domain/certificate.ts'
import type { ProfileStatus } from '../../../src/domain/profile.ts'
import { type SmartcardStatus, smartcardStatuses } from '../../../src/domain/smartcard.ts'
import { createIssuedCertificates } from '../../../src/identity/client-certificate/issued-certificates.ts'
import type { OpenStore } from '../../../src/store/assemble-store.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { decodeCertificate } from '../../../src/x509/certificate.ts'
import {
  sampleCertificate,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  sampleSmartcard,
  sampleUser,
  someTime,
} from '../../store/records.ts'
import { audited } from '../../store/store-contract.ts'
import { createTestAuthority, generateTestKey } from '../../x509/test-authority.ts'

const authority = { uuid: 'ours', ...createTestAuthority('P-256', 'CN=Cardinal Issuing CA') }
const key = generateTestKey('P-256')
const user = sampleUser()
const template = sampleProfileTemplate()

const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-issued-'))
let store: OpenStore
before(async () => {
  store = await openSqliteStore({ file: path.join(folder, 'books.sqlite') })
  await store.migrate()
  await audited(store, async tx => {
    await tx.saveUser(user)
    await tx.saveProfileTemplate(template)
  })
})
after(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

interface Case {
  readonly state?: CertificateState
  readonly profile?: ProfileStatus
  readonly smartcard?: SmartcardStatus
  readonly record?: Partial<CertificateRecord>
}

let serial = 0

/** Writes a certificate into the books, and asks whose it is. */
async function ownerOf({ state = 'issued', profile: status = 'active', smartcard, record }: Case) {
  serial += 1
  const der = authority.issue(key, { serialNumber: Uint8Array.of(serial), extensions: [] })
  const certificate = decodeCertificate(der)
  const request = sampleRequest(template)
  const plain = sampleProfile(template, { status, assignedUserUuid: user.uuid })
  const card = smartcard === undefined ? null : sampleSmartcard(plain, { status: smartcard })
  const profile = { ...plain, smartcardUuid: card?.uuid ?? null }
  await audited(store, async tx => {
    await tx.insertRequest(request)
    await tx.insertProfile(profile)
    if (card !== null) await tx.insertSmartcard(card)
    const changes = {
      certificationAuthorityUuid: authority.uuid,
      serialNumber: certificate.serialNumberHex,
      state,
      certificate: der,
      revokedAt: state === 'revoked' || state === 'on-hold' ? someTime : null,
      ...record,
    }
    await tx.insertCertificate(sampleCertificate(request, profile, changes))
  })
  const directory = createLocalDirectory(store.reader)
  const find = createIssuedCertificates({ authority, reader: store.reader, directory })
  return await find(certificate)
}

test('an issued certificate is its owner’s, with a card that is active or without a card', async () => {
  assert.deepEqual(await ownerOf({}), user)
  assert.deepEqual(await ownerOf({ smartcard: 'active' }), user)
})

test('a certificate of another authority is not looked up', async () => {
  const other = createTestAuthority('P-256', 'CN=Another')
  const certificate = decodeCertificate(other.issue(key, { extensions: [] }))
  const directory = createLocalDirectory(store.reader)
  assert.equal(
    await createIssuedCertificates({ authority, reader: store.reader, directory })(certificate),
    null,
  )
})

const refused: Readonly<Record<string, readonly [Case, reason: string]>> = {
  'is revoked': [{ state: 'revoked' }, 'revoked-certificate'],
  'is on hold': [{ state: 'on-hold' }, 'certificate-on-hold'],
  'was never signed': [{ state: 'prepared', record: { certificate: null } }, 'unknown-certificate'],
  'has other octets in the books': [
    { record: { certificate: authority.issue(key, { serialNumber: Uint8Array.of(99), extensions: [] }) } },
    'unknown-certificate',
  ],
  'stands under another authority': [
    { record: { certificationAuthorityUuid: 'another' } },
    'unknown-certificate',
  ],
  'belongs to nobody in the directory': [
    { record: { ownerUuid: '00000000-0000-4000-8000-000000000000' } },
    'unknown-user',
  ],
}
for (const [what, [situation, reason]] of Object.entries(refused)) {
  test(`a certificate that ${what} signs nobody in`, async () => {
    await assert.rejects(ownerOf(situation), { name: 'SignInRefusal', reason })
  })
}

describe('signs nobody in', () => {
  for (const profile of ['new', 'disabled', 'suspended', 'retired'] as const) {
    test(`with a profile that is ${profile}`, async () => {
      await assert.rejects(ownerOf({ profile, smartcard: 'active' }), { reason: 'inactive-profile' })
      await assert.rejects(ownerOf({ profile }), { reason: 'inactive-profile' })
    })
  }
  for (const smartcard of smartcardStatuses.filter(status => status !== 'active')) {
    test(`on a smart card that is ${smartcard}`, async () => {
      await assert.rejects(ownerOf({ smartcard }), { reason: 'inactive-smartcard' })
    })
  }
})
