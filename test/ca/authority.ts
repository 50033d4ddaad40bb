import { randomBytes, randomUUID } from 'node:crypto'
import type { AuthorityDependencies, AuthoritySettings } from '../../src/ca/create-authorities.ts'
import { generateKeyPair } from '../../src/ca/key-pair.ts'
import { setUpCertificationAuthorities } from '../../src/ca/set-up-authorities.ts'
import { SoftwareSigner } from '../../src/ca/software-signer.ts'
import { createVault } from '../../src/ca/vault.ts'
import type { CertificateContent } from '../../src/workflows/ports/certification-authority.ts'
import { encodeExtendedKeyUsage } from '../../src/x509/extensions/extended-key-usage.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { parseName } from '../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../../src/x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../../src/x509/public-key.ts'
import { FakeStore } from './fake-store.ts'

export const now = new Date()
export const clock = { now: () => now }
export const randomness = {
  bytes: (length: number) => Uint8Array.from(randomBytes(length)),
  uuid: randomUUID,
}
export const vault = createVault(randomBytes(32), randomness.bytes)
export const day = 86_400_000

export const settings: AuthoritySettings = {
  organisationName: 'Contoso',
  keyAlgorithm: 'EC-P256',
  rootLifetimeDays: 7300,
  issuingLifetimeDays: 3650,
  publicUrl: 'http://pki.contoso.com',
  host: 'ca1.contoso.com',
}

/** What a first start does, and every one after it on the same store. */
export function setUp(
  store: AuthorityDependencies['store'],
  overrides: Partial<AuthoritySettings> = {},
  otherVault = vault,
) {
  return setUpCertificationAuthorities({
    store,
    vault: otherVault,
    clock,
    randomness,
    settings: { ...settings, ...overrides },
  })
}

export async function newAuthorities(overrides: Partial<AuthoritySettings> = {}) {
  const store = new FakeStore()
  return { store, ...(await setUp(store, overrides)) }
}

const leafKey = decodeSubjectPublicKeyInfo(
  new SoftwareSigner((await generateKeyPair('EC-P256')).privateKey).subjectPublicKeyInfo,
)

/** A leaf for Alice with a fresh serial number. */
export function leaf(overrides: Partial<CertificateContent> = {}): CertificateContent {
  return {
    serialNumber: Uint8Array.of(0x5a, ...randomness.bytes(15)),
    notBefore: new Date(now.getTime() - 600_000),
    notAfter: new Date(now.getTime() + 365 * day),
    subject: parseName('CN=Alice,OU=Users,DC=contoso,DC=com'),
    subjectPublicKeyInfo: leafKey.der,
    extensions: [
      encodeSubjectKeyIdentifier(keyIdentifier(leafKey)),
      encodeKeyUsage(['digitalSignature']),
      encodeExtendedKeyUsage([objectIdentifiers.clientAuthentication]),
    ],
    ...overrides,
  }
}
