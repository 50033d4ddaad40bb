import { scrypt, timingSafeEqual } from 'node:crypto'
import { CardinalError } from '../../domain/error.ts'
import { prepareOpaqueString } from './opaque-string.ts'

/** RFC 7914 §2. Memory is 128 · 2^logCost · blockSize bytes. */
export interface ScryptParameters {
  readonly logCost: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 32 MiB and about a tenth of a second. */
export const defaultScryptParameters: ScryptParameters = { logCost: 15, blockSize: 8, parallelization: 1 }

interface ParsedHash {
  readonly parameters: ScryptParameters
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

const saltLength = 16
const hashLength = 32
/** With the longest account name, what fits into a Basic header of 1 KiB. */
const longestPasswordBytes = 512

/** A stored hash cannot make the server spend more than this on one verification. */
const mostMemory = 128 * 2 ** 20
const mostParallelization = 16

/** The characters that are not mistaken for one another when read aloud or copied by hand. */
const readableAlphabet = '23456789abcdefghijkmnpqrstuvwxyz'

/**
 * Hashes a password by scrypt (RFC 7914) with a new salt.
 *
 * @param password prepared by RFC 8265 §4.2 (OpaqueString) before it is hashed
 * @returns `$scrypt$ln=15,r=8,p=1$salt$hash`, base64 without padding (the PHC string format)
 * @throws CardinalError InvalidParameter where the password is empty, has control characters or is longer than 512 bytes
 */
export async function hashPassword(
  password: string,
  randomBytes: (length: number) => Uint8Array,
  parameters: ScryptParameters = defaultScryptParameters,
): Promise<string> {
  const prepared = preparePassword(password)
  if (prepared === null) {
    throw new CardinalError(
      'InvalidParameter',
      `A password has 1 to ${longestPasswordBytes} bytes in UTF-8 and no control characters.`,
    )
  }
  const salt = randomBytes(saltLength)
  return formatHash({ parameters, salt, hash: await deriveKey(prepared, salt, hashLength, parameters) })
}

/**
 * Whether the password is the one that was hashed; compares in constant time.
 *
 * @throws Error where `passwordHash` is not one that {@link hashPassword} could have made
 */
export async function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  const { parameters, salt, hash } = parseHash(passwordHash)
  const prepared = preparePassword(password)
  if (prepared === null) return false
  return timingSafeEqual(await deriveKey(prepared, salt, hash.length, parameters), hash)
}

/** A hash that no known password has; verifying against it takes as long as against any other. */
export function unmatchableHash(randomBytes: (length: number) => Uint8Array): string {
  return formatHash({
    parameters: defaultScryptParameters,
    salt: randomBytes(saltLength),
    hash: randomBytes(hashLength),
  })
}

/**
 * A password of 100 random bits in four groups of five letters and digits, such as `k7fmw-2xq9c-…`.
 *
 * @param randomInteger uniform in 0 ≤ n < limit
 */
export function randomPassword(randomInteger: (limit: number) => number): string {
  const group = () =>
    Array.from({ length: 5 }, () => readableAlphabet.charAt(randomInteger(readableAlphabet.length))).join('')
  return Array.from({ length: 4 }, group).join('-')
}

function preparePassword(password: string): string | null {
  const prepared = prepareOpaqueString(password)
  return prepared !== null && Buffer.byteLength(prepared) <= longestPasswordBytes ? prepared : null
}

function deriveKey(
  password: string,
  salt: Uint8Array,
  length: number,
  parameters: ScryptParameters,
): Promise<Uint8Array> {
  const { logCost, blockSize, parallelization } = parameters
  const cost = 2 ** logCost
  // What OpenSSL counts, and node:crypto refuses more than 32 MiB unless told.
  const maxmem = 128 * blockSize * (cost + parallelization + 2)
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { cost, blockSize, parallelization, maxmem }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function formatHash({ parameters, salt, hash }: ParsedHash): string {
  const { logCost, blockSize, parallelization } = parameters
  const cost = `ln=${logCost},r=${blockSize},p=${parallelization}`
  return ['', 'scrypt', cost, toUnpaddedBase64(salt), toUnpaddedBase64(hash)].join('$')
}

function parseHash(text: string): ParsedHash {
  const match =
    /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      text,
    )
  const [, logCost, blockSize, parallelization, saltText = '', hashText = ''] = match ?? []
  const parameters = {
    logCost: Number(logCost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
  }
  const salt = Buffer.from(saltText, 'base64')
  const hash = Buffer.from(hashText, 'base64')
  if (
    match === null ||
    128 * 2 ** parameters.logCost * parameters.blockSize > mostMemory ||
    parameters.parallelization > mostParallelization ||
    toUnpaddedBase64(salt) !== saltText ||
    toUnpaddedBase64(hash) !== hashText
  ) {
    throw new Error('A stored password hash is malformed or too costly. Set the password anew.')
  }
  return { parameters, salt, hash }
}

function toUnpaddedBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
