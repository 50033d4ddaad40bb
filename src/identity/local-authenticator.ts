import type { AuditRecord } from '../domain/audit-record.ts'
import type { DirectoryUser } from '../domain/directory-user.ts'
import { CardinalError } from '../domain/error.ts'
import type { Authenticator, Clock, Directory, Randomness, SignedIn } from '../workflows/ports.ts'
import { basicChallenge, parseBasicAuthorization } from './basic-authentication.ts'
import { unmatchableHash, verifyPassword } from './password-hash.ts'
import { createPasswordVerifier } from './password-verifier.ts'
import { createPrincipalResolver } from './principal.ts'
import { createSessions, type SessionLimits } from './session.ts'
import type { SignInStore } from './sign-in-store.ts'
import { createSignInThrottle, type SignInThrottle } from './sign-in-throttle.ts'

export interface LocalAuthenticatorOptions {
  readonly store: SignInStore
  readonly directory: Directory
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
  readonly sessionLimits: SessionLimits
  readonly throttle?: SignInThrottle
  readonly verifyPassword?: (password: string, passwordHash: string) => Promise<boolean>
  /** How long groups and roles are remembered; 30 where it is left out. */
  readonly principalLifetimeSeconds?: number
}

/** No user has it: looked up for unknown names, so that they take as many queries as known ones. */
const nobody = '00000000-0000-0000-0000-000000000000'
const longestAuditedText = 64

/**
 * Signs in by the accounts that the server itself keeps: HTTP Basic, and sessions begun after it.
 *
 * An unknown name, a wrong password and a disabled account are answered alike and after the same work. The name as it
 * was given and the address go into the audit records, the password never; attempts that the throttle refuses leave
 * no record, so that nobody can fill the audit log faster than the throttle lets them guess.
 */
export function createAuthenticator(options: LocalAuthenticatorOptions): Authenticator {
  const { store, directory, clock, randomness } = options
  const throttle = options.throttle ?? createSignInThrottle({ clock })
  const dummyHash = unmatchableHash(length => randomness.bytes(length))
  const verifier = createPasswordVerifier({
    verifyPassword: options.verifyPassword ?? verifyPassword,
    clock,
    key: randomness.bytes(32),
  })
  const sessions = createSessions({ store, clock, randomness, limits: options.sessionLimits })
  const resolvePrincipal = createPrincipalResolver({
    directory,
    reader: store.reader,
    clock,
    lifetimeSeconds: options.principalLifetimeSeconds ?? 30,
  })

  async function signIn(user: DirectoryUser): Promise<SignedIn> {
    return { user, principal: await resolvePrincipal(user) }
  }

  async function audit(
    record: Pick<AuditRecord, 'action' | 'actorUuid' | 'subject' | 'facts'>,
  ): Promise<void> {
    await store.transactor.transaction(transaction =>
      transaction.audit({ ...record, at: clock.now(), requestUuid: null, correlationId: null }),
    )
  }

  return {
    challenges: [basicChallenge],

    async byAuthorization(header, address) {
      const { accountName, password } = parseBasicAuthorization(header)
      throttle.check(accountName, address)
      const user = await directory.findUserByName(accountName)
      const account = await store.reader.findLocalAccount(user?.uuid ?? nobody)
      const usable = account !== null && user?.enabled === true ? user : null

      const claim = { accountName, password, passwordHash: account?.passwordHash ?? dummyHash }
      const fingerprint = verifier.fingerprint(claim)
      // What was verified before is asked for after the throttle: otherwise it would be a way to guess without delay.
      // Nothing is awaited between the two, so that calls side by side with the right password do not delay one another.
      const attempt = throttle.begin(accountName, address)
      if (usable !== null && verifier.isVerified(fingerprint)) {
        attempt.succeed()
        return signIn(usable)
      }
      // The same guess is being decided for another call, which counts for both.
      if (verifier.isUnderWay(fingerprint)) attempt.withdraw()
      const decide = async (isRight: boolean) => {
        if (usable === null || !isRight) {
          const reason = user === null ? 'unknown-name' : isRight ? 'disabled' : 'wrong-password'
          const name = shorten(accountName)
          const facts = { name, address: shorten(address), reason }
          await audit({ action: 'sign-in-refused', actorUuid: null, subject: name, facts })
          return false
        }
        const facts = { by: 'basic', address: shorten(address) }
        await audit({ action: 'signed-in', actorUuid: usable.uuid, subject: usable.uuid, facts })
        attempt.succeed()
        return true
      }
      const isAccepted = await verifier.verify(fingerprint, claim, decide).catch((error: unknown) => {
        attempt.withdraw()
        throw error
      })
      if (usable === null || !isAccepted) {
        throw new CardinalError('NotSignedIn', 'The name or the password is wrong.')
      }
      return signIn(usable)
    },

    async bySession(token) {
      const session = await sessions.find(token)
      const user = session === null ? null : await directory.findUser(session.userUuid)
      if (user === null || !user.enabled) {
        throw new CardinalError('NotSignedIn', 'The session has ended. Sign in again.')
      }
      return signIn(user)
    },

    beginSession: signedIn => sessions.begin(signedIn.user.uuid),
    endSession: token => sessions.end(token),
  }
}

/** By characters, so that none is cut in half. */
function shorten(text: string): string {
  return Array.from(text).slice(0, longestAuditedText).join('')
}
