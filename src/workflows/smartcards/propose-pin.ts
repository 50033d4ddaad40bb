import { defaultPinPolicy, randomPin } from '../../card/secrets/pin.ts'
import { CardinalError } from '../../domain/error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { endsOnly } from '../steps/ends-only.ts'
import type { CardSecretAuthorisation } from './authorise-card-secret.ts'
import { tellCardSecret } from './tell-card-secret.ts'

type PinEnvironment = Pick<
  Environment,
  'store' | 'directory' | 'clock' | 'randomness' | 'vault' | 'secretRateLimit'
>

/** Length of a PIN that the server proposes, in digits. */
const proposedPinLength = 8

/**
 * The PIN that the server proposes for the card of an executing request; null where the template leaves it to the user.
 * `server-distributed` keeps it, sealed, and answers the same again; `randomized` makes a new one each time and keeps none.
 * Each answer is audited. Throws PolicyForbids for a Retire or Revoke request, and what {@link tellCardSecret} throws.
 */
export async function proposePin(
  environment: PinEnvironment,
  caller: Caller,
  question: {
    readonly requestUuid: string | null
    readonly smartcardUuid: string
    readonly cardId: string | null
  },
): Promise<string | null> {
  const requestUuid =
    question.requestUuid ?? (await findExecutingRequest(environment, caller, question.smartcardUuid))
  const asked = { ...question, requestUuid }
  return await tellCardSecret(environment, caller, asked, async (transaction, authorisation) => {
    const { type } = authorisation.request
    if (endsOnly(type)) {
      // Whoever asked for it executes these too, and a PIN that was kept for the owner is nobody else's.
      throw new CardinalError('PolicyForbids', `A request of the type ${type} sets no PIN.`, {
        rule: `${type}: no PIN`,
      })
    }
    const { userPinOption } = authorisation.configuration
    if (userPinOption === 'none' || userPinOption === 'user-provided') return null
    const pin =
      userPinOption === 'randomized'
        ? newPin(environment, authorisation)
        : await keptPin(environment, transaction, authorisation)
    await transaction.audit(
      auditEntry(environment, caller, 'server-proposed-pin-answered', {
        requestUuid,
        subject: authorisation.smartcard.uuid,
        facts: { cardId: authorisation.smartcard.cardId, option: userPinOption },
      }),
    )
    return pin
  })
}

/** The route without a request id means the caller's executing request for the card. */
async function findExecutingRequest(
  environment: PinEnvironment,
  caller: Caller,
  smartcardUuid: string,
): Promise<string> {
  const { reader } = environment.store
  const request = await reader.findExecutingRequestOfSmartcard(smartcardUuid, caller.user.uuid)
  if (request === null) {
    throw new CardinalError('RequestNotFound', 'The caller has no executing request for this smart card.')
  }
  return request.uuid
}

function newPin(environment: PinEnvironment, { configuration }: CardSecretAuthorisation): string {
  const { minimumLength, maximumLength } = configuration.userPinPolicy
  const length = Math.min(Math.max(proposedPinLength, minimumLength), maximumLength)
  const policy = { ...defaultPinPolicy, minimumLength, maximumLength }
  return randomPin(policy, length, limit => environment.randomness.integer(limit))
}

async function keptPin(
  environment: PinEnvironment,
  transaction: Transaction,
  authorisation: CardSecretAuthorisation,
): Promise<string> {
  const { uuid } = authorisation.smartcard
  const purpose = `card PIN ${uuid}`
  const sealed = await transaction.findSealedPin(uuid)
  if (sealed !== null) return new TextDecoder().decode(environment.vault.open(purpose, sealed))
  const pin = newPin(environment, authorisation)
  await transaction.saveSealedPin(uuid, environment.vault.seal(purpose, new TextEncoder().encode(pin)))
  return pin
}
