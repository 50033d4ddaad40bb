import { encodeDataObject } from '../../apdu/ber-tlv.ts'
import type { ResponseApdu } from '../../apdu/response-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { readPublicKeyTemplate } from '../../key-pairs/public-key-template.ts'
import { type KeyAlgorithm, keyAlgorithms, p256 } from '../key-algorithm.ts'
import type { KeySlot } from '../key-slot.ts'
import { extension, instruction } from '../piv-identifiers.ts'
import { orNothing, type PivExtensions } from './piv-extensions.ts'
import type { PublicKey } from './slot-metadata.ts'

const nowhere = 0xff

/** GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2 §3.3.2), which replaces the key in the slot. */
export function sendGeneration(
  exchange: CardExchange,
  slot: KeySlot,
  { identifier }: KeyAlgorithm,
): Promise<ResponseApdu> {
  return exchange.send({
    ins: instruction.generateAsymmetricKeyPair,
    p1: 0x00,
    p2: slot.reference,
    data: encodeDataObject(0xac, encodeDataObject(0x80, Uint8Array.of(identifier))),
    expectsData: true,
  })
}

/**
 * Makes a private key go: by MOVE KEY (Yubico) where the card has it, else by making another in its slot, which every PIV
 * card can and which nobody uses then. Where it is known what the key was, the card must show that it has another now.
 *
 * @returns whether it is gone
 * @throws CardError 'security-status-not-satisfied'
 */
export async function removePrivateKey(
  exchange: CardExchange,
  extensions: PivExtensions,
  slot: KeySlot,
  former: PublicKey | undefined,
): Promise<boolean> {
  if (await extensions.arePresent()) {
    const command = { ins: extension.moveKey, p1: nowhere, p2: slot.reference }
    if ((await exchange.send(command)).statusWord === statusWord.success) return true
  }
  // P-256 takes a card the least time; of the kind of the former key is what the card can make in any case.
  const algorithms = new Set<KeyAlgorithm>([p256, ...(former ? [former.algorithm] : []), ...keyAlgorithms])
  for (const algorithm of algorithms) {
    const { data, statusWord: word } = await sendGeneration(exchange, slot, algorithm)
    if (word === statusWord.success) {
      const made = orNothing(() => readPublicKeyTemplate(data, algorithm))
      if (former === undefined || (made !== undefined && !made.equals(former.publicKey))) return true
    }
    if (word === statusWord.securityStatusNotSatisfied) throw statusWordError(word, 'replace a key')
  }
  return false
}
