import { timingSafeEqual } from 'node:crypto'
import { diversifyAdminKey } from '../card/diversified-admin-key.ts'
import type { OpenEnvironment } from './open-environment.ts'

/** Anybody may ask for readiness; a signature for every question would be a way to keep the server busy. */
const signatureIsGoodFor = 10_000

/** What the server cannot work without. Each throws where it does not work. */
export function healthChecksOf(environment: OpenEnvironment): Record<string, () => Promise<void>> {
  return {
    database: () => environment.store.check(),
    certificationAuthority: certificationAuthorityCheck(environment),
    cardMasterKey: async () => checkCardMasterKey(environment),
  }
}

/** That the issuing authority's certificate is in force, and its key signs: a revocation list that is thrown away. */
function certificationAuthorityCheck({
  certificationAuthority,
  clock,
}: OpenEnvironment): () => Promise<void> {
  let signedAt = Number.NEGATIVE_INFINITY
  return async () => {
    const now = clock.now()
    const { notBefore, notAfter } = certificationAuthority.certificate
    if (now < notBefore || now > notAfter) {
      throw new Error(
        "The clock is outside of the validity of the issuing certification authority's certificate.",
      )
    }
    if (now.getTime() - signedAt < signatureIsGoodFor) return
    const thisUpdate = new Date(Math.floor(now.getTime() / 1000) * 1000)
    const nextUpdate = new Date(thisUpdate.getTime() + 1000)
    await certificationAuthority.signRevocationList({ number: 1, thisUpdate, nextUpdate, revoked: [] })
    signedAt = now.getTime()
  }
}

function checkCardMasterKey({ cardMasterKeys }: OpenEnvironment): void {
  const masterKey = cardMasterKeys.current()
  const cardId = '00000000-0000-0000-0000-000000000000'
  if (!timingSafeEqual(diversifyAdminKey(masterKey, cardId), diversifyAdminKey(masterKey, cardId))) {
    throw new Error('The card master key derives different keys for one card.')
  }
}
