import { createHmac } from 'node:crypto'

/** A key derivation function: a key, a label for the purpose, a context for the party → so many bytes. */
export type KeyDerivation = (
  key: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
) => Uint8Array

/**
 * NIST SP 800-108r1 §4.1, the KDF in counter mode, with HMAC-SHA-256 as PRF and 32-bit counter and length:
 * K(i) = HMAC(key, [i] || Label || 0x00 || Context || [L]), L in bits.
 *
 * @param label ASCII text without a zero character, which would let label and context run into each other
 * @param length of the result in bytes
 */
export const deriveKeyInCounterMode: KeyDerivation = (key, label, context, length) => {
  const fixedInput = Buffer.concat([
    Buffer.from(label, 'ascii'),
    Buffer.of(0),
    context,
    bigEndian32(length * 8),
  ])
  const derived: Buffer[] = []
  for (let counter = 1, produced = 0; produced < length; counter++) {
    const part = createHmac('sha256', key).update(bigEndian32(counter)).update(fixedInput).digest()
    derived.push(part)
    produced += part.length
  }
  return Uint8Array.from(Buffer.concat(derived).subarray(0, length))
}

/** A number in four bytes, most significant first. */
export function bigEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
