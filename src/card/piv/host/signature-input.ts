import { createHash } from 'node:crypto'
import { encodeDigestInfo, type Hash } from '../../key-pairs/digest-info.ts'
import type { KeyAlgorithm } from '../key-algorithm.ts'

/**
 * What a PIV card's private key is applied to: for RSA the hash padded to the length of the modulus (EMSA-PKCS1-v1_5, RFC
 * 8017 §9.2), for ECDSA the hash, brought to the length of the curve's order: longer ones lose their last bits (FIPS 186-5
 * §6.4.1), shorter ones get zeros before them, which leaves their value.
 */
export function signatureInput(algorithm: KeyAlgorithm, hash: Hash, data: Uint8Array): Uint8Array {
  const digest = createHash(hash.name).update(data).digest()
  if (algorithm.algorithm === 'EC') {
    const input = new Uint8Array(algorithm.coordinateLength)
    const used = digest.subarray(0, input.length)
    input.set(used, input.length - used.length)
    return input
  }
  const input = new Uint8Array(algorithm.keySize / 8).fill(0xff)
  const digestInfo = encodeDigestInfo(hash, digest)
  input.set([0x00, 0x01])
  input.set(digestInfo, input.length - digestInfo.length)
  input[input.length - digestInfo.length - 1] = 0x00
  return input
}
