import type { KeyPairAlgorithm } from '../../card/smart-card.ts'
import { encodeBase64Lines } from '../../x509/base64-lines.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import type { EnrollmentRun } from '../enrollment/enrollment-run.ts'
import type { CertificateTarget } from '../enrollment/issue-certificates-to.ts'
import type { JournalCertificate, NssLocation } from '../enrollment/journal.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { keyPairAlgorithm } from '../enrollment-key.ts'
import { authorityName } from './authority-name.ts'
import { type NssDatabase, type NssKey, nssKeyId } from './nss-database.ts'
import { requireMatchingRequest } from './require-matching-request.ts'

/**
 * Key pairs that an NSS database makes, with their certificates and those of the authorities. To no authority is any trust
 * given, or taken from.
 */
export function nssTarget(
  run: EnrollmentRun,
  database: NssDatabase,
  location: NssLocation,
): CertificateTarget {
  const nickname = location.nickname ?? run.description.userName
  return {
    async makeRequest(options) {
      const algorithm = keyPairAlgorithm(options)
      for (const sentence of await noteKeys(run, database, location)) run.report('key', sentence)
      return checked(await database.requestForNewKey(algorithm), algorithm)
    },
    async install(certificates) {
      const keys = await database.listKeys()
      for (const { keyId, certificate } of certificates) requireKey(database, keys, keyId, certificate)
      for (const { certificate } of certificates) await put(database, nickname, certificate)
      for (const authority of certificates[0]?.authorities ?? []) {
        await put(database, authorityName(authority), authority)
      }
    },
    async discard() {
      if (earlierKeyIdsOf(run) === null) return []
      const ours = run.keeper.journal.certificates.map(({ keyId }) => keyId)
      const sentences: string[] = []
      const keys = await database.listKeys()
      for (const { id } of keys) {
        if (!ours.includes(id)) continue
        await database.deleteKey(id)
        sentences.push(`The key ${id} was deleted from the NSS database ${database.directory}.`)
      }
      return [...sentences, ...sentencesOfStrayKeys(run, database, keys)]
    },
  }
}

/**
 * Writes down which keys were there before the request; later, tells of those that came since. One of them may be what an
 * interrupted run made and could not write down. But nothing in NSS says who made a key, and one of another enrollment, gone
 * on with here, would be deleted with this request's.
 */
async function noteKeys(
  run: EnrollmentRun,
  database: NssDatabase,
  location: NssLocation,
): Promise<readonly string[]> {
  const keys = await database.listKeys()
  if (earlierKeyIdsOf(run) !== null) return sentencesOfStrayKeys(run, database, keys)
  await run.keeper.record({ target: { ...location, earlierKeyIds: keys.map(({ id }) => id) } })
  return []
}

function sentencesOfStrayKeys(
  run: EnrollmentRun,
  { directory }: NssDatabase,
  keys: readonly NssKey[],
): readonly string[] {
  const earlier = earlierKeyIdsOf(run) ?? []
  const ours = run.keeper.journal.certificates.map(({ keyId }) => keyId)
  return keys
    .filter(({ id, hasCertificate }) => !hasCertificate && !earlier.includes(id) && !ours.includes(id))
    .map(
      ({ id }) =>
        `The key ${id} in ${directory} appeared during the request. If nothing else made it, delete it: ` +
        `certutil -F -k ${id} -d sql:${directory}`,
    )
}

function checked(der: Uint8Array, algorithm: KeyPairAlgorithm): JournalCertificate {
  const certificationRequest = encodeBase64Lines(der)
  const { subjectPublicKeyInfo } = requireMatchingRequest(certificationRequest, algorithm)
  return { keyId: nssKeyId(subjectPublicKeyInfo), certificationRequest }
}

function requireKey(
  database: NssDatabase,
  keys: readonly NssKey[],
  keyId: string,
  { subjectPublicKeyInfo }: Certificate,
): void {
  if (nssKeyId(subjectPublicKeyInfo) === keyId && keys.some(({ id }) => id === keyId)) return
  throw new EnrollmentError(
    'certificate-untrustworthy',
    `The key ${keyId}, which the certificate is for, is not in the NSS database ${database.directory}. Cancel with --cancel, ` +
      'and enroll anew.',
  )
}

/** Unless it is there: to add it anew would change its trust. */
async function put(database: NssDatabase, nickname: string, certificate: Certificate): Promise<void> {
  if (await database.hasCertificate(certificate)) return
  await database.addCertificate(await freeNickname(database, nickname, certificate), certificate.der)
}

/** Certificates of one subject share a nickname, and those of two have two. */
async function freeNickname(
  database: NssDatabase,
  nickname: string,
  { subject }: Certificate,
): Promise<string> {
  // What stands before a colon is the name of a token.
  const plain = nickname.replaceAll(':', ' ')
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? plain : `${plain} (${number})`
    const found = await database.subjectOf(candidate)
    if (found === 'none' || (found !== 'unreadable' && equalBytes(found, subject))) return candidate
  }
}

function earlierKeyIdsOf({ keeper: { journal } }: EnrollmentRun): readonly string[] | null {
  return (journal.target.kind === 'nss' ? journal.target.earlierKeyIds : undefined) ?? null
}
