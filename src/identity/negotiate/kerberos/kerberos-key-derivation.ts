import { createCipheriv, createHmac } from 'node:crypto'
import { concatenate, toBigInt } from '../../../x509/der/bytes.ts'

/**
 * What a derived key is for (RFC 3961 §5.3): the last octet of the constant that it is derived with. `integrity` is of what
 * is encrypted too, `checksum` of what is in the clear.
 */
export type DerivedKeyPurpose = 'encryption' | 'integrity' | 'checksum'

const purposeOctet: Readonly<Record<DerivedKeyPurpose, number>> = {
  encryption: 0xaa,
  integrity: 0x55,
  checksum: 0x99,
}

const blockLength = 16

/** The key usage number, four octets, and what the key is for. */
function constantOf(usage: number, purpose: DerivedKeyPurpose): Uint8Array {
  const constant = new Uint8Array(5)
  new DataView(constant.buffer).setUint32(0, usage)
  constant[4] = purposeOctet[purpose]
  return constant
}

/**
 * DK of AES (RFC 3961 §5.1, RFC 3962 §6): the constant, folded to a block, is encrypted again and again until there is
 * enough for a key.
 *
 * @param key 16 or 32 octets; the derived one has as many
 */
export function deriveSha1Key(key: Uint8Array, usage: number, purpose: DerivedKeyPurpose): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  const blocks: Uint8Array[] = []
  let block = foldOctets(constantOf(usage, purpose), blockLength)
  for (let length = 0; length < key.length; length += blockLength) {
    block = cipher.update(block)
    blocks.push(block)
  }
  return concatenate(blocks)
}

/**
 * KDF-HMAC-SHA2 (RFC 8009 §3), with an empty context.
 *
 * @param length octets of the derived key, at most what the digest has
 */
export function deriveSha2Key(
  key: Uint8Array,
  usage: number,
  purpose: DerivedKeyPurpose,
  { digest, length }: { readonly digest: 'sha256' | 'sha384'; readonly length: number },
): Uint8Array {
  const input = new Uint8Array(14)
  const view = new DataView(input.buffer)
  view.setUint32(0, 1)
  input.set(constantOf(usage, purpose), 4)
  view.setUint32(10, length * 8)
  return createHmac(digest, key).update(input).digest().subarray(0, length)
}

/**
 * n-fold (RFC 3961 §5.1): copies of the octets, each turned right by 13 bits more than the one before, are added up in
 * parts of the wanted length, and what is carried out at the front comes in at the end. Such a sum is what remains of all
 * the copies, taken as one number, modulo 2^n − 1.
 */
export function foldOctets(octets: Uint8Array, length: number): Uint8Array {
  const bits = BigInt(octets.length * 8)
  const value = toBigInt(octets)
  const copies = leastCommonMultiple(octets.length, length) / octets.length
  let all = 0n
  for (let copy = 0; copy < copies; copy++) {
    const turn = BigInt(13 * copy) % bits
    const turned = (value >> turn) | BigInt.asUintN(Number(bits), value << (bits - turn))
    all = (all << bits) | turned
  }
  const sum = all % ((1n << BigInt(length * 8)) - 1n)
  return Buffer.from(sum.toString(16).padStart(length * 2, '0'), 'hex')
}

function leastCommonMultiple(left: number, right: number): number {
  let multiple = left
  while (multiple % right !== 0) multiple += left
  return multiple
}
