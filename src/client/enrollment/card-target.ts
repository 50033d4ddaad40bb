import type { CardKey, KeyPairAlgorithm } from '../../card/smart-card.ts'
import type { EnrollableCard } from '../cards/enrollable-card.ts'
import { makeCertificationRequest } from '../certification-request.ts'
import { keyPairAlgorithm } from '../enrollment-key.ts'
import { type EnrollmentRun, journalCardOf, recordCard } from './enrollment-run.ts'
import type { CertificateTarget } from './issue-certificates-to.ts'

/**
 * Certificates for keys that a card makes. The PIN must be verified, and where keys are the administrator's, the
 * administrator authenticated.
 */
export function cardTarget(run: EnrollmentRun, card: EnrollableCard): CertificateTarget {
  return {
    async makeRequest(options) {
      const key = await makeKey(run, card, keyPairAlgorithm(options))
      const enrollmentKey = {
        algorithm: key.algorithm,
        publicKey: key.publicKey,
        sign: (hash: Parameters<EnrollableCard['sign']>[1], data: Uint8Array) =>
          card.sign(key.keyId, hash, data),
      }
      const certificationRequest = await makeCertificationRequest(enrollmentKey, options, run.description)
      return { keyId: key.keyId, certificationRequest }
    },
    async install(certificates) {
      const { isUsersCard } = journalCardOf(run)
      for (const [index, { keyId, certificate }] of certificates.entries()) {
        if (isUsersCard) await card.installRenewed(keyId, certificate.der, index)
        else await card.writeCertificate(keyId, certificate.der)
      }
    },
  }
}

/**
 * Takes the key that an interrupted run made and could not write down, or makes one. On a card that was erased, keys of the
 * erasure may lie in the places where programs look; on one in use, whatever was there before is the user's.
 */
async function makeKey(
  run: EnrollmentRun,
  card: EnrollableCard,
  algorithm: KeyPairAlgorithm,
): Promise<CardKey> {
  const keys = await card.listKeys()
  const { earlierKeyIds, isUsersCard } = journalCardOf(run)
  if (earlierKeyIds === null) {
    const keyIds = keys.map(({ keyId }) => keyId)
    await recordCard(run, { earlierKeyIds: keyIds })
    return await card.generateKeyPair(algorithm, isUsersCard ? keyIds : [])
  }
  const ours = run.keeper.journal.certificates.map(({ keyId }) => keyId)
  const isLeftOver = ({ keyId, hasCertificate, ...key }: CardKey) =>
    !hasCertificate &&
    !earlierKeyIds.includes(keyId) &&
    !ours.includes(keyId) &&
    isOf(key.algorithm, algorithm)
  const kept = isUsersCard ? [...earlierKeyIds, ...ours] : ours
  return keys.find(isLeftOver) ?? (await card.generateKeyPair(algorithm, kept))
}

function isOf(left: KeyPairAlgorithm, right: KeyPairAlgorithm): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
