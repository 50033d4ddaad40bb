import type { CertificationAuthorityRecord } from '../domain/sealed-key.ts'
import type { CertificationAuthority } from '../workflows/ports/certification-authority.ts'
import { decodeCertificate } from '../x509/certificate.ts'
import { verifyCertificateSignature } from '../x509/certificate-chain.ts'
import { createCertificationAuthority } from './certification-authority.ts'
import { type AuthorityDependencies, createAuthorities, purposeOfPrivateKey } from './create-authorities.ts'
import { SoftwareSigner } from './software-signer.ts'
import { SigningError } from './verifying-signer.ts'

/**
 * Opens the root and the issuing CA that the store holds; at the first start creates both. Processes that start at
 * once end with the same pair.
 *
 * @returns `created`: whether this call created them
 * @throws VaultError where a private key cannot be opened, SigningError where keys and certificates do not belong
 *   together, LintError or X509Error where the settings make no sound certificates
 */
export async function setUpCertificationAuthorities(
  dependencies: AuthorityDependencies,
): Promise<{ root: CertificationAuthority; issuing: CertificationAuthority; created: boolean }> {
  const { reader } = dependencies.store
  const found = await reader.listCertificationAuthorities()
  if (found.length > 0) return { ...openAuthorities(found, dependencies), created: false }
  const created = await createAuthorities(dependencies)
  return { ...openAuthorities(await reader.listCertificationAuthorities(), dependencies), created }
}

function openAuthorities(
  records: readonly CertificationAuthorityRecord[],
  { vault, clock, settings: { host, publicUrl } }: AuthorityDependencies,
): { root: CertificationAuthority; issuing: CertificationAuthority } {
  const rootRecord = onlyOne(records, 'root')
  const issuingRecord = onlyOne(records, 'issuing')
  if (
    !verifyCertificateSignature(
      decodeCertificate(issuingRecord.certificate),
      decodeCertificate(rootRecord.certificate),
    )
  ) {
    throw new SigningError('The issuing certification authority was not certified by the root.')
  }
  const open = (record: CertificationAuthorityRecord) => {
    const pkcs8 = vault.open(purposeOfPrivateKey(record.uuid), record.sealedPrivateKey)
    const signer = SoftwareSigner.fromPkcs8(pkcs8)
    pkcs8.fill(0)
    return createCertificationAuthority({ record, root: rootRecord, signer, clock, host, publicUrl })
  }
  return { root: open(rootRecord), issuing: open(issuingRecord) }
}

function onlyOne(
  records: readonly CertificationAuthorityRecord[],
  kind: CertificationAuthorityRecord['kind'],
): CertificationAuthorityRecord {
  const ofKind = records.filter(record => record.kind === kind)
  const [record] = ofKind
  if (record === undefined || ofKind.length > 1) {
    throw new Error(`The database holds ${ofKind.length} ${kind} certification authorities instead of one.`)
  }
  return record
}
