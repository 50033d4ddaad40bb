import { createCipheriv, createHmac, randomBytes } from 'node:crypto'

/** aes256-cts-hmac-sha1-96, with a key of 32 octets (RFC 3962). */
export const aes256 = 18

/** Confounder, ciphertext and a checksum of 12 octets (RFC 3961 §5.3). */
export function encrypt(key: Buffer, usage: number, plaintext: Buffer): Buffer {
  const message = Buffer.concat([randomBytes(16), plaintext])
  const checksum = createHmac('sha1', deriveKey(key, usage, 0x55))
    .update(message)
    .digest()
  return Buffer.concat([encryptWithStealing(deriveKey(key, usage, 0xaa), message), checksum.subarray(0, 12)])
}

/** hmac-sha1-96-aes256, 12 octets (RFC 3962 §7). */
export function checksum(key: Buffer, usage: number, data: Buffer): Buffer {
  return createHmac('sha1', deriveKey(key, usage, 0x99))
    .update(data)
    .digest()
    .subarray(0, 12)
}

/** RFC 3961 §5.1: the constant, folded to a block, is encrypted until there is enough of it. */
function deriveKey(key: Buffer, usage: number, kind: number): Buffer {
  const constant = Buffer.from([0, 0, 0, usage, kind])
  const first = encryptBlock(key, fold(constant, 16))
  return Buffer.concat([first, encryptBlock(key, first)])
}

function encryptBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)
}

/** CBC of a zero vector, whose last two blocks change places and whose last one then loses what is too much. */
function encryptWithStealing(key: Buffer, message: Buffer): Buffer {
  const length = Math.ceil(message.length / 16) * 16
  const padded = Buffer.concat([message, Buffer.alloc(length - message.length)])
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
  const encrypted = cipher.update(padded)
  const [beforeLast, last] = [encrypted.subarray(-32, -16), encrypted.subarray(-16)]
  return Buffer.concat([encrypted.subarray(0, -32), last, beforeLast]).subarray(0, message.length)
}

/** n-fold (RFC 3961 §5.1): repeats the octets, each time turned by 13 bits, and adds them up with an end-around carry. */
function fold(octets: Buffer, length: number): Buffer {
  const bits = [...octets].map(octet => octet.toString(2).padStart(8, '0')).join('')
  const total = lowestCommonMultiple(octets.length, length)
  let repeated = ''
  for (let turn = 0; repeated.length < total * 8; turn++) {
    const by = (13 * turn) % bits.length
    repeated += bits.slice(bits.length - by) + bits.slice(0, bits.length - by)
  }
  const modulus = (1n << BigInt(length * 8)) - 1n
  let sum = 0n
  for (let start = 0; start < total * 8; start += length * 8) {
    sum += BigInt(`0b${repeated.slice(start, start + length * 8)}`)
  }
  return Buffer.from((sum % modulus).toString(16).padStart(length * 2, '0'), 'hex')
}

function lowestCommonMultiple(a: number, b: number): number {
  let multiple = a
  while (multiple % b !== 0) multiple += a
  return multiple
}
