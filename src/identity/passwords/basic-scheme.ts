import type { AuditRecord } from '../../domain/audit-record.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { PasswordAnswer } from '../../workflows/ports/password-answer.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import type { AuthorizationScheme, Identified } from '../authentication-scheme.ts'
import type { SignInStore } from '../sign-in-store.ts'
import { createSignInThrottle, type SignInThrottle } from '../sign-in-throttle.ts'
import { basicChallenge, parseBasicAuthorization } from './basic-authentication.ts'
import type { PasswordAccounts } from './password-accounts.ts'
import { passwordRefusal } from './password-refusal.ts'
import { createPasswordVerifier } from './password-verifier.ts'
import { beginRefusalBoundary, type Timer } from './refusal-boundary.ts'
import { unknownName } from './unknown-name.ts'

export interface BasicSchemeOptions {
  readonly store: SignInStore
  readonly directory: Pick<Directory, 'findUserByName'>
  readonly accounts: PasswordAccounts
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
  readonly timer: Timer
  readonly throttle?: SignInThrottle
}

const longestAuditedText = 64

/**
 * Signs in by name and password (RFC 7617).
 *
 * An unknown name, a wrong password and a disabled account are answered alike and after the same work. A directory works
 * longer on what it has (a domain controller hashes, and counts a wrong password, for an account alone), so that what it
 * refuses is answered at the next multiple of 250 ms, once everything else is done and let go of. The name of an account as
 * it was given, of one that nobody has {@link unknownName}, and the address go into the audit records, the password never;
 * attempts that the throttle refuses leave no record, so that nobody can fill the audit log faster than the throttle lets
 * them guess. Nor does a malformed header, which tries nobody's password and is not throttled.
 */
export function createBasicScheme(options: BasicSchemeOptions): AuthorizationScheme {
  const { store, directory, accounts, clock, randomness, timer } = options
  const throttle = options.throttle ?? createSignInThrottle({ clock })
  const verifier = createPasswordVerifier({ clock, key: randomness.bytes(32) })
  const unknownNameKey = randomness.bytes(32)

  async function audit(
    record: Pick<AuditRecord, 'action' | 'actorUuid' | 'subject' | 'facts' | 'correlationId'>,
  ): Promise<void> {
    await store.transactor.transaction(transaction =>
      transaction.audit({ ...record, at: clock.now(), requestUuid: null }),
    )
  }

  return {
    name: 'basic',
    challenge: basicChallenge,

    async identify(header, { address, correlationId }) {
      const { accountName, password } = parseBasicAuthorization(header)
      throttle.check(accountName, address)
      const refusalBoundary = beginRefusalBoundary(timer)
      const user = await directory.findUserByName(accountName)
      const usable = user?.enabled === true ? user : null
      const claim = { accountName, password, account: await accounts.find(user, accountName) }
      const { isUnchanged } = claim.account
      const identifiedAs = (known: DirectoryUser): Identified => ({
        user: known,
        scheme: 'basic',
        ...(isUnchanged !== undefined && { stillCounts: isUnchanged }),
      })
      const fingerprint = verifier.fingerprint(claim)
      // What was verified before is asked for after the throttle: otherwise it would be a way to guess without delay.
      // Nothing is awaited between the two, so that calls side by side with the right password do not delay one another.
      const attempt = throttle.begin(accountName, address)
      if (usable !== null && verifier.isVerified(fingerprint)) {
        attempt.succeed()
        return identifiedAs(usable)
      }
      // The same guess is being decided for another call, which counts for both.
      if (verifier.isUnderWay(fingerprint)) attempt.withdraw()
      const decide = async (answer: PasswordAnswer): Promise<PasswordAnswer> => {
        if (usable === null || answer !== 'accepted') {
          const refused = answer === 'accepted' ? 'disabled' : answer
          const reason = user === null ? 'unknown-name' : refused
          const name = user === null ? unknownName(unknownNameKey, accountName) : shorten(accountName)
          const facts = { name, address: shorten(address), reason }
          await audit({ action: 'sign-in-refused', actorUuid: null, subject: name, facts, correlationId })
          return reason
        }
        const facts = { by: 'basic', address: shorten(address) }
        const { uuid } = usable
        await audit({ action: 'signed-in', actorUuid: uuid, subject: uuid, facts, correlationId })
        attempt.succeed()
        return 'accepted'
      }
      const answer = await verifier.verify(fingerprint, claim, decide).catch((error: unknown) => {
        attempt.withdraw()
        throw error
      })
      if (usable === null || answer !== 'accepted') {
        if (claim.account.verifiedBy === 'directory') await refusalBoundary()
        throw passwordRefusal(answer === 'accepted' ? 'disabled' : answer, accountName, user)
      }
      return identifiedAs(usable)
    },
  }
}

/** By characters, so that none is cut in half. */
function shorten(text: string): string {
  return Array.from(text).slice(0, longestAuditedText).join('')
}
