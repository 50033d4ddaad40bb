import { timingSafeEqual } from 'node:crypto'
import { diversifyAdminKey } from '../../card/secrets/diversified-admin-key.ts'
import type { SignInConfiguration } from '../../config/configuration.ts'
import type { LdapDirectory } from '../../directory/ldap/ldap-directory.ts'
import type { HealthCheck } from '../../http/health.ts'
import type { Provider } from '../../identity/openid-connect/provider.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import { requireAuthorityInForce } from '../../workflows/steps/require-authority-in-force.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'

/** Anybody may ask for readiness; a signature for every question would be a way to keep the server busy. */
const signatureIsGoodFor = 10_000
const directoryAnswerIsGoodFor = 3_000

type CheckedEnvironment = Pick<
  OpenEnvironment,
  'store' | 'ldap' | 'clock' | 'certificationAuthority' | 'cardMasterKeys'
>

/**
 * What the server works with. Without the directory nobody of the company can sign in; without the OpenID Connect provider
 * whoever has another way can, so that it is needed only where it is the one way for people.
 *
 * @param provider null where none is configured
 */
export function healthChecksOf(
  environment: CheckedEnvironment,
  signIn: SignInConfiguration,
  provider: Pick<Provider, 'check'> | null,
): Record<string, HealthCheck> {
  const { ldap, clock } = environment
  return {
    database: needed(() => environment.store.check()),
    certificationAuthority: needed(certificationAuthorityCheck(environment)),
    cardMasterKey: needed(async () => checkCardMasterKey(environment)),
    ...(ldap !== null && { directory: needed(directoryCheck(ldap, clock)) }),
    ...(provider !== null && {
      openIdConnect: { check: () => provider.check(), isNeeded: !hasOtherWay(signIn) },
    }),
  }
}

function needed(check: () => Promise<void>): HealthCheck {
  return { check, isNeeded: true }
}

/** For people: API tokens are made by whoever has signed in. */
function hasOtherWay({ basic, negotiate, clientCertificate }: SignInConfiguration): boolean {
  return basic || negotiate !== undefined || clientCertificate !== undefined
}

/** Asked once for all who ask at about the same time. */
export function directoryCheck(directory: Pick<LdapDirectory, 'check'>, clock: Clock): () => Promise<void> {
  return askedSeldom(() => directory.check(), clock, directoryAnswerIsGoodFor)
}

/** That the issuing authority's certificate is in force, and its key signs: a revocation list that is thrown away. */
function certificationAuthorityCheck({
  certificationAuthority,
  clock,
}: Pick<CheckedEnvironment, 'certificationAuthority' | 'clock'>): () => Promise<void> {
  const checkKey = askedSeldom(
    async () => {
      const thisUpdate = new Date(Math.floor(clock.now().getTime() / 1000) * 1000)
      const nextUpdate = new Date(thisUpdate.getTime() + 1000)
      await certificationAuthority.signRevocationList({ number: 1, thisUpdate, nextUpdate, revoked: [] })
    },
    clock,
    signatureIsGoodFor,
  )
  return async () => {
    requireAuthorityInForce({ certificationAuthority, clock })
    await checkKey()
  }
}

/**
 * Whoever asks while `check` runs, or within some time after it began, gets the answer that it gives, a fault too: what is
 * slow or broken must not be asked the more for it.
 */
function askedSeldom(check: () => Promise<void>, clock: Clock, milliseconds: number): () => Promise<void> {
  let asked: { readonly at: number; readonly answer: Promise<void>; isOpen: boolean } | null = null
  return async () => {
    const now = clock.now().getTime()
    // Where the clock was set back, it is not known how old the answer is.
    const isGood = asked !== null && (asked.isOpen || (asked.at <= now && now < asked.at + milliseconds))
    if (asked === null || !isGood) {
      const asking = { at: now, answer: check(), isOpen: true }
      asked = asking
      const noteEnd = () => {
        asking.isOpen = false
      }
      asking.answer.then(noteEnd, noteEnd)
    }
    await asked.answer
  }
}

function checkCardMasterKey({ cardMasterKeys }: Pick<CheckedEnvironment, 'cardMasterKeys'>): void {
  const masterKey = cardMasterKeys.current()
  const cardId = '00000000-0000-0000-0000-000000000000'
  if (!timingSafeEqual(diversifyAdminKey(masterKey, cardId), diversifyAdminKey(masterKey, cardId))) {
    throw new Error('The card master key derives different keys for one card.')
  }
}
