import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noSuchKey } from '../../host/key-errors.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { readCertificateObject } from '../certificate-object.ts'
import { attestationSlot, type KeySlot } from '../key-slot.ts'
import { extension } from '../piv-identifiers.ts'
import { readObject } from './data-objects.ts'
import type { PivExtensions } from './piv-extensions.ts'

const lacksCommand: ReadonlySet<number> = new Set([
  statusWord.instructionNotSupported,
  statusWord.classNotSupported,
  statusWord.functionNotSupported,
])

/** YubiKeys of one firmware refuse by 6A80 and of another by 6A82, for an imported key and an empty slot alike. */
const refusals: ReadonlySet<number> = new Set([
  statusWord.incorrectData,
  statusWord.fileNotFound,
  statusWord.incorrectParameters,
  statusWord.referencedDataNotFound,
  statusWord.conditionsOfUseNotSatisfied,
])

/**
 * ATTEST (Yubico, "PIV Tool and applet: Yubico extensions"): P1 is the slot.
 *
 * @returns what the card gave, which may be anything
 * @throws CardError 'no-such-key', 'not-attested', 'command-not-supported', or what the status word stands for
 */
export async function attestKey(
  exchange: CardExchange,
  extensions: PivExtensions,
  slot: KeySlot,
): Promise<Uint8Array> {
  const { data, statusWord: word } = await exchange.send({
    ins: extension.attest,
    p1: slot.reference,
    p2: 0x00,
    expectsData: true,
  })
  if (word === statusWord.success) return Uint8Array.from(data)
  if (lacksCommand.has(word)) {
    throw new CardError(
      'command-not-supported',
      'This card attests nothing: it has no command for that. Use a card that does, such as a YubiKey from firmware 4.3 on.',
    )
  }
  if (!refusals.has(word)) throw statusWordError(word, 'attest its key')
  const isGenerated = await extensions.readIsGenerated(slot.reference)
  if (isGenerated === 'absent') throw noSuchKey()
  throw new CardError('not-attested', refusalOf(isGenerated))
}

/** @throws CardError 'no-such-certificate', 'unexpected-answer', or what the status word stands for */
export async function readAttestationCertificate(exchange: CardExchange): Promise<Uint8Array> {
  const content = await readObject(exchange, attestationSlot.certificateObject)
  if (content !== undefined) return await readCertificateObject(content)
  throw new CardError(
    'no-such-certificate',
    'The card has no certificate of an attestation key. Use a card whose maker has given it one.',
  )
}

function refusalOf(isGenerated: boolean | undefined): string {
  if (isGenerated === false) {
    return 'This key was imported, and a card attests only what it has generated. Generate a key on the card where that matters.'
  }
  return isGenerated
    ? 'The card has generated this key, and cannot attest it: it has no attestation key, or no certificate that fits it.'
    : 'The card attests no key in this slot: there is none, or it was imported. Generate one on the card.'
}
