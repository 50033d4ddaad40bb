import { createHash } from 'node:crypto'
import { encodeDataObject, readTemplate } from '../../apdu/ber-tlv.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { encodeDigestInfo, requireHash } from '../../key-pairs/digest-info.ts'
import { encodeEcdsaSignature } from '../../key-pairs/ecdsa-signature.ts'
import type { HashAlgorithm } from '../../smart-card.ts'
import { type KeyMechanism, padding } from '../key-mechanism.ts'

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
  const hash = requireHash(hashAlgorithm)
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
  const input = isRsa ? encodeDigestInfo(hash, digest) : digest.subarray(0, mechanism.coordinateLength)
  const command = { ins: 0x2a, p1: 0x9e, p2: 0x9a, data: input, expectsData: true } as const
  const signature = await exchange.perform('sign', command)
  if (mechanism.algorithm === 'EC') return signatureInDer(signature, mechanism.coordinateLength)
  if (signature.length !== mechanism.keySize / 8) {
    throw unexpectedAnswer(`The card gave a signature of ${signature.length} bytes.`)
  }
  return signature
}

/** A card that writes DER itself, not r and s one after the other, is taken at its word. */
function signatureInDer(signature: Uint8Array, length: number): Promise<Uint8Array> {
  return understood(() => {
    if (signature.length === 2 * length) return encodeEcdsaSignature(signature)
    readTemplate(signature, 0x30)
    return signature
  })
}
