import { scrypt, randomBytes as systemRandomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createFileDurably, hasCode } from './durable-file.ts'

/** Length of the key that all others are sealed under, in bytes. */
export const keyLength = 32
const saltLength = 16
const fileLengthLimit = 256
const groupAndOthers = 0o077
// The parameters of RFC 7914 §2; 128 · N · r bytes are 128 MiB, which node:crypto must be allowed.
const scryptCost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 }

type RandomBytes = (length: number) => Uint8Array

/** A key or salt file that cannot be used as it is. The message names the file and never its content. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

/**
 * The key in this file: 32 bytes in base64 on one line. Made at random where there is no file; of several processes
 * that start at once all get the same one.
 *
 * @throws KeyFileError where others than its owner may read the file (except on Windows), or it holds no key
 */
export async function loadOrCreateKeyFile(
  path: string,
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  return loadOrCreate(path, keyLength, randomBytes, 'secret')
}

/**
 * The salt that goes with a passphrase: 16 bytes in base64 on one line. No secret, but without it the passphrase opens
 * nothing.
 *
 * @throws KeyFileError where the file holds no salt
 */
export async function loadOrCreateSaltFile(
  path: string,
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  return loadOrCreate(path, saltLength, randomBytes, 'public')
}

/**
 * A key of 32 bytes from what a person remembers, by scrypt (RFC 7914) with N = 2^17, r = 8, p = 1. Takes about half
 * a second and 128 MiB, off the event loop. However the keyboard composes accents, the key is the same.
 *
 * @throws RangeError for an empty passphrase or a salt of fewer than 16 bytes
 */
export async function deriveKeyFromPassphrase(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  if (passphrase === '') throw new RangeError('The passphrase is empty.')
  if (salt.length < saltLength) throw new RangeError(`The salt has fewer than ${saltLength} bytes.`)
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, keyLength, scryptCost, (error, key) => {
      if (error === null) resolve(Uint8Array.from(key))
      else reject(error)
    })
  })
}

async function loadOrCreate(
  path: string,
  length: number,
  randomBytes: RandomBytes,
  sensitivity: 'secret' | 'public',
): Promise<Uint8Array> {
  const found = await load(path, length, sensitivity)
  if (found !== null) return found
  await createFileDurably(path, `${Buffer.from(randomBytes(length)).toString('base64')}\n`)
  // Read back even what was just written: what counts is what the next start will find.
  const created = await load(path, length, sensitivity)
  if (created === null) throw new KeyFileError(`${path} was removed while it was created.`)
  return created
}

async function load(
  path: string,
  length: number,
  sensitivity: 'secret' | 'public',
): Promise<Uint8Array | null> {
  const file = await openIfExists(path)
  if (file === null) return null
  try {
    const { mode, size } = await file.stat()
    if (sensitivity === 'secret' && process.platform !== 'win32' && (mode & groupAndOthers) !== 0) {
      throw new KeyFileError(`Others than its owner may use ${path}. Run: chmod 600 ${path}`)
    }
    if (size > fileLengthLimit) throw notOneLine(path, length)
    const text = (await file.readFile('utf8')).trim()
    const bytes = Buffer.from(text, 'base64')
    if (bytes.length !== length || bytes.toString('base64') !== text) throw notOneLine(path, length)
    return Uint8Array.from(bytes)
  } finally {
    await file.close()
  }
}

async function openIfExists(path: string) {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

function notOneLine(path: string, length: number): KeyFileError {
  return new KeyFileError(`${path} does not hold ${length} bytes in base64 on one line.`)
}
