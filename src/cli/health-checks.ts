import { timingSafeEqual } from 'node:crypto'
import { diversifyAdminKey } from '../card/diversified-admin-key.ts'
import type { OpenEnvironment } from './open-environment.ts'

/** What the server cannot work without. Each throws where it does not work. */
export function healthChecksOf(environment: OpenEnvironment): Record<string, () => Promise<void>> {
  return {
    database: () => environment.store.check(),
    certificationAuthority: async () => {
      const { certificationAuthority, clock } = environment
      if (clock.now() > certificationAuthority.certificate.notAfter) {
        throw new Error('The certificate of the issuing certification authority has expired.')
      }
      // A signature proves that the key is there and works; the answer is thrown away.
      await certificationAuthority.respond(certificationAuthority.certificate.der)
    },
    cardMasterKey: async () => {
      const masterKey = environment.cardMasterKeys.current()
      const cardId = '00000000-0000-0000-0000-000000000000'
      const derived = diversifyAdminKey(masterKey, cardId)
      if (!timingSafeEqual(derived, diversifyAdminKey(masterKey, cardId))) {
        throw new Error('The card master key derives different keys for one card.')
      }
    },
  }
}
