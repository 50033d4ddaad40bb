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
      const leftOver = await findLeftOverKey(run, database, location, algorithm)
      return (
        (leftOver && (await requestFor(database, leftOver, algorithm))) ??
        (await newRequest(database, algorithm))
      )
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
      const earlier = earlierKeyIdsOf(run)
      if (earlier === null) return []
      const ours = run.keeper.journal.certificates.map(({ keyId }) => keyId)
      const keys = await database.listKeys()
      const sentences: string[] = []
      for (const { id, hasCertificate } of keys) {
        if (ours.includes(id)) {
          await database.deleteKey(id)
          sentences.push(`The key ${id} was deleted from the NSS database ${database.directory}.`)
        } else if (!hasCertificate && !earlier.includes(id)) {
          sentences.push(
            `The key ${id} in ${database.directory} appeared during the request. If nothing else made it, delete it: ` +
              `certutil -F -k ${id} -d sql:${database.directory}`,
          )
        }
      }
      return sentences
    },
  }
}

/** The key that an interrupted run made and could not write down: it has no certificate, and was not there before. */
async function findLeftOverKey(
  run: EnrollmentRun,
  database: NssDatabase,
  location: NssLocation,
  algorithm: KeyPairAlgorithm,
): Promise<NssKey | null> {
  const keys = await database.listKeys()
  const earlier = earlierKeyIdsOf(run)
  if (earlier === null) {
    await run.keeper.record({ target: { ...location, earlierKeyIds: keys.map(({ id }) => id) } })
    return null
  }
  const ours = run.keeper.journal.certificates.map(({ keyId }) => keyId)
  const leftOver = keys.filter(
    ({ id, type, hasCertificate }) =>
      !hasCertificate && type === algorithm.algorithm && !earlier.includes(id) && !ours.includes(id),
  )
  // Of several, at most one is ours, and which one cannot be told.
  return leftOver.length === 1 ? (leftOver[0] ?? null) : null
}

/** null where the key is one of another size. */
async function requestFor(
  database: NssDatabase,
  key: NssKey,
  algorithm: KeyPairAlgorithm,
): Promise<JournalCertificate | null> {
  try {
    return checked(await database.requestForKey(key.id), algorithm)
  } catch (error) {
    if (error instanceof EnrollmentError) return null
    throw error
  }
}

async function newRequest(database: NssDatabase, algorithm: KeyPairAlgorithm): Promise<JournalCertificate> {
  return checked(await database.requestForNewKey(algorithm), algorithm)
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
