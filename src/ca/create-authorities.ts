import type { KeyObject } from 'node:crypto'
import type { CertificationAuthorityRecord } from '../domain/sealed-key.ts'
import type { CertificateContent } from '../workflows/ports/certification-authority.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Randomness } from '../workflows/ports/randomness.ts'
import type { Vault } from '../workflows/ports/vault.ts'
import { toHex } from '../x509/der/bytes.ts'
import { encodeBasicConstraints } from '../x509/extensions/basic-constraints.ts'
import { encodeKeyUsage } from '../x509/extensions/key-usage.ts'
import { encodeSubjectKeyIdentifier } from '../x509/extensions/subject-key-identifier.ts'
import type { DistinguishedName } from '../x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../x509/object-identifier.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../x509/public-key.ts'
import { createCertificationAuthority } from './certification-authority.ts'
import { generateKeyPair, type KeyAlgorithm } from './key-pair.ts'
import { signRootCertificate } from './root-certificate.ts'
import { generateSerialNumber } from './serial-number.ts'
import { SoftwareSigner } from './software-signer.ts'
import type { StoreSlice } from './store-slice.ts'

const millisecondsPerDay = 86_400_000
// Clocks of cards, phones and domain controllers are off by minutes, and leaf certificates may be backdated too.
const backdating = 3_600_000

export interface AuthoritySettings {
  readonly organisationName: string
  readonly keyAlgorithm: KeyAlgorithm
  readonly rootLifetimeDays: number
  /** Not beyond the root's. */
  readonly issuingLifetimeDays: number
  /** Where revocation lists and CA certificates are found, as `http://pki.contoso.com`. */
  readonly publicUrl: string
  /** The first part of `<CA host>\<CA name>`. */
  readonly host: string
  /** Common name of the root; `<organisation> Root CA` where it is not given. */
  readonly rootName?: string
  /** Common name of the issuing CA; `<organisation> Issuing CA` where it is not given. */
  readonly issuingName?: string
}

export interface AuthorityDependencies {
  readonly store: StoreSlice<
    'listCertificationAuthorities' | 'insertCertificationAuthority' | 'reserveSerialNumber' | 'audit'
  >
  readonly vault: Vault
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes' | 'uuid'>
  readonly settings: AuthoritySettings
}

/** A certification authority before it is kept. */
interface Newcomer {
  readonly record: CertificationAuthorityRecord
  readonly issuerUuid: string
  readonly serialNumber: Uint8Array
  readonly signer: SoftwareSigner
}

interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * Creates a root and an issuing CA below it, both or none, unless there are any.
 *
 * @returns whether this call created them, and not somebody else at the same moment
 * @throws LintError or X509Error where the settings make no sound certificates
 */
export async function createAuthorities(dependencies: AuthorityDependencies): Promise<boolean> {
  const { clock, settings } = dependencies
  const [rootKey, issuingKey] = await Promise.all([
    generateKeyPair(settings.keyAlgorithm),
    generateKeyPair(settings.keyAlgorithm),
  ])
  const now = clock.now().getTime()
  const validFor = (days: number): Validity => ({
    notBefore: new Date(now - backdating),
    notAfter: new Date(now + days * millisecondsPerDay),
  })
  const root = await certifyRoot(rootKey.privateKey, validFor(settings.rootLifetimeDays), dependencies)
  const issuingValidity = validFor(settings.issuingLifetimeDays)
  const issuing = await certifyIssuing(issuingKey.privateKey, issuingValidity, root, dependencies)
  return keepUnlessAny([root, issuing], dependencies)
}

async function certifyRoot(
  privateKey: KeyObject,
  validity: Validity,
  { vault, clock, randomness, settings }: AuthorityDependencies,
): Promise<Newcomer> {
  const uuid = randomness.uuid()
  const name = settings.rootName ?? `${settings.organisationName} Root CA`
  const signer = new SoftwareSigner(privateKey)
  const serialNumber = generateSerialNumber(randomness.bytes)
  const certificate = await signRootCertificate({
    name: subjectOf(name, settings),
    serialNumber,
    ...validity,
    signer,
    clock,
  })
  const sealedPrivateKey = sealPrivateKey(uuid, privateKey, vault)
  const record: CertificationAuthorityRecord = { uuid, kind: 'root', name, certificate, sealedPrivateKey }
  return { record, issuerUuid: uuid, serialNumber, signer }
}

async function certifyIssuing(
  privateKey: KeyObject,
  validity: Validity,
  root: Newcomer,
  { vault, clock, randomness, settings }: AuthorityDependencies,
): Promise<Newcomer> {
  const uuid = randomness.uuid()
  const name = settings.issuingName ?? `${settings.organisationName} Issuing CA`
  const signer = new SoftwareSigner(privateKey)
  const publicKey = decodeSubjectPublicKeyInfo(signer.subjectPublicKeyInfo)
  const content: CertificateContent = {
    serialNumber: generateSerialNumber(randomness.bytes),
    ...validity,
    subject: subjectOf(name, settings),
    subjectPublicKeyInfo: publicKey.der,
    extensions: [
      encodeBasicConstraints({ ca: true, pathLength: 0 }),
      // It signs CMC responses too, which are neither certificates nor lists (RFC 5280 §4.2.1.3).
      encodeKeyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
      encodeSubjectKeyIdentifier(keyIdentifier(publicKey)),
    ],
  }
  const { host, publicUrl } = settings
  const issuer = createCertificationAuthority({
    record: root.record,
    root: root.record,
    signer: root.signer,
    clock,
    host,
    publicUrl,
  })
  const certificate = await issuer.sign(issuer.prepare(content))
  const sealedPrivateKey = sealPrivateKey(uuid, privateKey, vault)
  const record: CertificationAuthorityRecord = { uuid, kind: 'issuing', name, certificate, sealedPrivateKey }
  return { record, issuerUuid: root.record.uuid, serialNumber: content.serialNumber, signer }
}

async function keepUnlessAny(
  newcomers: readonly Newcomer[],
  { store, clock, settings }: AuthorityDependencies,
): Promise<boolean> {
  return store.transactor.transaction(async transaction => {
    const existing = await transaction.listCertificationAuthorities()
    if (existing.length > 0) return false
    for (const { record, issuerUuid, serialNumber } of newcomers) {
      await transaction.insertCertificationAuthority(record)
      if (!(await transaction.reserveSerialNumber(issuerUuid, toHex(serialNumber)))) {
        throw new Error('The source of randomness gave the same serial number twice.')
      }
      await transaction.audit({
        at: clock.now(),
        action: 'certification-authority-created',
        actorUuid: null,
        requestUuid: null,
        subject: record.uuid,
        facts: {
          kind: record.kind,
          name: record.name,
          keyAlgorithm: settings.keyAlgorithm,
          serialNumber: toHex(serialNumber),
        },
        correlationId: null,
      })
    }
    return true
  })
}

function subjectOf(commonName: string, { organisationName }: AuthoritySettings): DistinguishedName {
  return [
    [{ type: objectIdentifiers.organizationName, value: organisationName }],
    [{ type: objectIdentifiers.commonName, value: commonName }],
  ]
}

function sealPrivateKey(uuid: string, privateKey: KeyObject, vault: Vault): Uint8Array {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  try {
    return vault.seal(purposeOfPrivateKey(uuid), pkcs8)
  } finally {
    pkcs8.fill(0)
  }
}

/** What the private key of a certification authority is sealed for. */
export function purposeOfPrivateKey(uuid: string): string {
  return `private key of certification authority ${uuid}`
}
