import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { encodePin } from '../pin-encoding.ts'
import { extension, instruction, reference } from '../piv-identifiers.ts'
import type { PivExtensions } from './piv-extensions.ts'

/** No card gives more tries. */
const maximumTries = 255

/**
 * RESET (Yubico), after PIN and PUK were blocked by random ones, which a card wants so that nobody resets a card by mistake.
 *
 * @throws CardError 'command-not-supported', before anything is blocked
 */
export async function resetPivCard(
  exchange: CardExchange,
  extensions: PivExtensions,
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  if (!(await extensions.arePresent())) {
    throw new CardError(
      'command-not-supported',
      'The card cannot be reset: it has no command for that. Delete its keys, or replace the card.',
    )
  }
  await block(() =>
    exchange.sendOnce({
      ins: instruction.verify,
      p1: 0x00,
      p2: reference.pin,
      data: randomPin(randomBytes),
    }),
  )
  await block(() =>
    exchange.sendOnce({
      ins: instruction.resetRetryCounter,
      p1: 0x00,
      p2: reference.pin,
      data: Buffer.concat([randomPin(randomBytes), randomPin(randomBytes)]),
    }),
  )
  await exchange.perform('reset itself', { ins: extension.reset, p1: 0x00, p2: 0x00 })
}

async function block(sendWrongOne: () => Promise<number>): Promise<void> {
  for (let attempt = 0; attempt <= maximumTries; attempt++) {
    const word = await sendWrongOne()
    if (word === statusWord.authenticationMethodBlocked) return
    const isCounted = word >> 8 === 0x63 || word === statusWord.success
    if (!isCounted) throw statusWordError(word, 'count a wrong PIN or PUK')
  }
  throw new CardError(
    'unexpected-answer',
    'The card counts wrong PINs or PUKs without end. Replace the card.',
  )
}

/** Eight digits; one in a hundred million is right, and costs another round. */
function randomPin(randomBytes: (length: number) => Uint8Array): Uint8Array {
  const digits = Array.from(randomBytes(8), byte => byte % 10).join('')
  return encodePin(digits) ?? new Uint8Array()
}
