import type { KeyPairAlgorithm } from '../../card/smart-card.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { keyIdentifier } from '../../x509/public-key.ts'
import { makeCertificationRequest } from '../certification-request.ts'
import { type EnrollmentRun, requestUuidOf } from '../enrollment/enrollment-run.ts'
import type { CertificateOfKey, CertificateTarget } from '../enrollment/issue-certificates-to.ts'
import type { Pkcs11Location } from '../enrollment/journal.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { type EnrollmentKey, keyPairAlgorithm } from '../enrollment-key.ts'
import { authorityName } from './authority-name.ts'
import type { ObjectType, Pkcs11Token } from './pkcs11-token.ts'
import { requireMatchingRequest } from './require-matching-request.ts'

const objectTypes: readonly ObjectType[] = ['cert', 'privkey', 'pubkey']

/**
 * Key pairs that a PKCS#11 token makes, with their certificates beside them. The CKA_ID says for which request: thus an
 * interrupted run's key is found again, and no other one is ever touched.
 */
export function pkcs11Target(
  run: EnrollmentRun,
  token: Pkcs11Token,
  location: Pick<Pkcs11Location, 'label' | 'withAuthorities'>,
): CertificateTarget {
  const label = location.label ?? run.description.userName
  return {
    async makeRequest(options, index) {
      const id = keyIdOf(requestUuidOf(run), index)
      const key = await findOrMakeKey(token, { id, label }, keyPairAlgorithm(options))
      const certificationRequest = await makeCertificationRequest(key, options, run.description)
      requireMatchingRequest(certificationRequest, key.algorithm)
      return { keyId: id, certificationRequest }
    },
    async install(certificates) {
      for (const each of certificates) await requireKey(token, each)
      for (const { keyId: id, certificate } of certificates) await put(token, { id, label }, certificate)
      if (!location.withAuthorities) return
      for (const authority of certificates[0]?.authorities ?? []) {
        const id = Buffer.from(keyIdentifier(authority.subjectPublicKeyInfo)).toString('hex')
        await put(token, { id, label: authorityName(authority) }, authority)
      }
    },
    async discard() {
      const { requestUuid, certificates } = run.keeper.journal
      if (requestUuid === null) return []
      const sentences: string[] = []
      // One more than was written down may have been made.
      for (let index = 0; index <= certificates.length; index++) {
        sentences.push(...(await discardKey(token, keyIdOf(requestUuid, index))))
      }
      return sentences
    },
  }
}

/** The request's UUID, and the place of the key among those of the request in two more digits. */
export function keyIdOf(requestUuid: string, index: number): string {
  return `${requestUuid.replaceAll('-', '').toLowerCase()}${index.toString(16).padStart(2, '0')}`
}

async function findOrMakeKey(
  token: Pkcs11Token,
  name: { readonly id: string; readonly label: string },
  algorithm: KeyPairAlgorithm,
): Promise<EnrollmentKey> {
  const { id } = name
  const hasPrivateKey = await token.has('privkey', id)
  const earlier = await token.read('pubkey', id)
  let publicKey = hasPrivateKey ? earlier : null
  if (publicKey === null) {
    // Half of a key pair is what was left when the making of it was cut off.
    if (hasPrivateKey) await token.delete('privkey', id)
    if (earlier !== null) await token.delete('pubkey', id)
    await token.generateKeyPair(name, algorithm)
    publicKey = await token.read('pubkey', id)
  }
  if (publicKey === null) {
    throw new EnrollmentError(
      'target-unusable',
      `The token ${token.name} does not show the public key ${id} that it made. Take another token.`,
    )
  }
  return {
    algorithm,
    publicKey,
    sign: (hash, data) => token.sign(id, algorithm.algorithm, hash, data),
  }
}

/** @throws EnrollmentError certificate-untrustworthy where the certificate is not for the key in the token */
async function requireKey(token: Pkcs11Token, { keyId, certificate }: CertificateOfKey): Promise<void> {
  const publicKey = await token.read('pubkey', keyId)
  if (publicKey !== null && equalBytes(publicKey, certificate.subjectPublicKeyInfo.der)) return
  throw new EnrollmentError(
    'certificate-untrustworthy',
    `The certificate is for another key than ${keyId} in the token ${token.name}, and was not written there. ` +
      'Cancel with --cancel, and enroll anew.',
  )
}

/** Unless an earlier run, or an earlier enrollment, has put it there. */
async function put(
  token: Pkcs11Token,
  name: { readonly id: string; readonly label: string },
  { der }: Certificate,
): Promise<void> {
  const present = await token.read('cert', name.id)
  if (present === null || !equalBytes(present, der)) await token.writeCertificate(name, der)
}

/** What anybody can see of a key decides whether it was made: for nothing, nobody is asked for a PIN. */
async function discardKey(token: Pkcs11Token, id: string): Promise<string[]> {
  if (!(await token.has('pubkey', id)) && !(await token.has('cert', id))) return []
  for (const type of objectTypes) if (await token.has(type, id)) await token.delete(type, id)
  return [`The key ${id} was deleted from the token ${token.name}.`]
}
