import { createHash } from 'node:crypto'
import { encodeDataObject, readTemplate } from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import type { HashAlgorithm } from '../../smart-card.ts'
import { type KeyMechanism, padding } from '../key-mechanism.ts'

interface Hash {
  readonly name: string
  /** What stands before the hash in a DigestInfo (RFC 8017 §9.2, note 1). */
  readonly digestInfoPrefix: string
}

const hashes: ReadonlyMap<string, Hash> = new Map([
  ['SHA-1', { name: 'sha1', digestInfoPrefix: '3021300906052b0e03021a05000414' }],
  ['SHA-256', { name: 'sha256', digestInfoPrefix: '3031300d060960864801650304020105000420' }],
  ['SHA-384', { name: 'sha384', digestInfoPrefix: '3041300d060960864801650304020205000430' }],
  ['SHA-512', { name: 'sha512', digestInfoPrefix: '3051300d060960864801650304020305000440' }],
])

/**
 * Hashes here and signs on the card: MANAGE SECURITY ENVIRONMENT, then PERFORM SECURITY OPERATION.
 *
 * @returns an RSASSA-PKCS1-v1_5 signature, or an ECDSA one in DER (RFC 3279 §2.2.3)
 * @throws CardError 'unsupported-algorithm', 'security-status-not-satisfied', 'unexpected-answer'
 */
export async function signOnCard(
  exchange: CardExchange,
  keyReference: number,
  mechanism: KeyMechanism,
  hashAlgorithm: HashAlgorithm,
  data: Uint8Array,
): Promise<Uint8Array> {
  const hash = hashes.get(hashAlgorithm)
  if (hash === undefined) {
    throw new CardError('unsupported-algorithm', 'The card does not know this hash. Use SHA-256.')
  }
  const digest = createHash(hash.name).update(data).digest()
  const isRsa = mechanism.algorithm === 'RSA'
  const environment = Buffer.concat([
    encodeDataObject(
      0x80,
      Uint8Array.of((isRsa ? padding.pkcs1Signature : padding.offCard) | mechanism.identifier),
    ),
    encodeDataObject(0x84, Uint8Array.of(keyReference)),
  ])
  await exchange.perform('select a key', { ins: 0x22, p1: 0x41, p2: 0xb6, data: environment })
  // ECDSA uses no more leading bits of a hash than its order has (FIPS 186-5 §6.4.1); cards take no more.
  const input = isRsa
    ? Buffer.concat([Buffer.from(hash.digestInfoPrefix, 'hex'), digest])
    : digest.subarray(0, mechanism.coordinateLength)
  const command = { ins: 0x2a, p1: 0x9e, p2: 0x9a, data: input, expectsData: true } as const
  const signature = await exchange.perform('sign', command)
  if (mechanism.algorithm === 'EC') return encodeEcdsaSignature(signature, mechanism.coordinateLength)
  if (signature.length !== mechanism.keySize / 8) {
    throw unexpectedAnswer(`The card gave a signature of ${signature.length} bytes.`)
  }
  return signature
}

/** ECDSA-Sig-Value of r and s one after the other; a card that writes DER itself is taken at its word. */
function encodeEcdsaSignature(signature: Uint8Array, length: number): Promise<Uint8Array> {
  return understood(() => {
    if (signature.length !== 2 * length) {
      readTemplate(signature, 0x30)
      return signature
    }
    const integers = [signature.subarray(0, length), signature.subarray(length)].map(encodeInteger)
    return encodeDataObject(0x30, ...integers)
  })
}

/** The shortest two's complement form of a positive number (X.690 §8.3). */
function encodeInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex(byte => byte !== 0)
  const magnitude = bytes.subarray(start === -1 ? bytes.length - 1 : start)
  const sign = (magnitude[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []
  return encodeDataObject(0x02, ...sign, magnitude)
}
