import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { CardStateStore } from '../../card/virtual/card-state-store.ts'
import { lockFile } from './file-lock.ts'

/** What opens a card file: a passphrase that a person types, or 32 bytes from a keeper of keys such as a TPM. */
export type CardFileSecret = { readonly passphrase: string } | { readonly key: Uint8Array }

export interface EncryptedCardFile extends CardStateStore {
  /** Lets other processes open the file. */
  close(): Promise<void>
}

/** The file is no card file, or was opened with another passphrase or key. Which of them is not told apart. */
export class CardFileError extends Error {
  override readonly name = 'CardFileError'
}

const magic = Buffer.from('Cardinal card 1\n', 'ascii')
const saltLength = 16
const nonceLength = 12
const tagLength = 16
const keyLength = 32
const nonceEnd = magic.length + saltLength + nonceLength
const headerLength = nonceEnd + 1
/** Far above what a card holds. */
const maximumLength = 4 * 1024 * 1024
/** 64 MiB and some 0.2 s a guess (RFC 7914 §2). */
const scryptCost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

/**
 * Keeps a virtual card's state in one file: `Cardinal card 1\n`, a salt (16 bytes), a nonce (12), the first byte of the
 * state, which says what card it is, and the rest of the state under AES-256-GCM with its tag (16); everything before the
 * ciphertext is authenticated. A passphrase becomes a key by scrypt.
 *
 * The file belongs to one process at a time, by a lock file beside it: two that ran the same card would each grant its tries. Saving
 * writes a new file, syncs it, and renames it over the old one, so that either of them is whole at any moment.
 *
 * @throws CardFileError from `load`; FileLockedError where another process has the file
 */
export async function openEncryptedCardFile(
  file: string,
  secret: CardFileSecret,
): Promise<EncryptedCardFile> {
  const lock = await lockFile(`${file}.lock`)
  try {
    const salt = (await readContent(file))?.subarray(magic.length, magic.length + saltLength)
    const usedSalt = salt?.length === saltLength ? Buffer.from(salt) : randomBytes(saltLength)
    const key = await keyOf(secret, usedSalt)
    let isClosed = false
    return {
      async load() {
        const content = await readContent(file)
        return content === undefined ? undefined : decrypt(key, content)
      },
      async save(content) {
        // The key is gone, and another process may have the file.
        if (isClosed) throw new CardFileError('The file of this card was closed. Open the card again.')
        await replaceFile(file, encrypt(key, usedSalt, content))
      },
      async close() {
        isClosed = true
        key.fill(0)
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * The first byte of the state in a card file, which needs no secret; nothing where there is no such file.
 *
 * @throws CardFileError where it is another file
 */
export async function readFirstStateByte(file: string): Promise<number | undefined> {
  const content = await readContent(file)
  return content === undefined ? undefined : headerOf(content)[nonceEnd]
}

function encrypt(key: Uint8Array, salt: Uint8Array, content: Uint8Array): Buffer {
  if (content.length === 0) throw new RangeError('The state of a card has one byte at least.')
  const nonce = randomBytes(nonceLength)
  const header = Buffer.concat([magic, salt, nonce, content.subarray(0, 1)])
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header)
  return Buffer.concat([header, cipher.update(content.subarray(1)), cipher.final(), cipher.getAuthTag()])
}

/** @throws CardFileError */
function headerOf(content: Buffer): Buffer {
  if (content.length < headerLength + tagLength || !content.subarray(0, magic.length).equals(magic)) {
    throw new CardFileError('The file is not the file of a virtual card.')
  }
  return content.subarray(0, headerLength)
}

function decrypt(key: Uint8Array, content: Buffer): Uint8Array {
  const header = headerOf(content)
  const nonce = header.subarray(nonceEnd - nonceLength, nonceEnd)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(header).setAuthTag(content.subarray(-tagLength))
  const plaintext = decipher.update(content.subarray(headerLength, -tagLength))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new CardFileError(
      'The passphrase or key does not open the file of this card, or the file is damaged.',
    )
  }
  const state = Buffer.concat([header.subarray(nonceEnd), plaintext])
  plaintext.fill(0)
  return state
}

async function readContent(file: string): Promise<Buffer | undefined> {
  try {
    const content = await readFile(file)
    if (content.length > maximumLength) throw new CardFileError('The file is not the file of a virtual card.')
    return content
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The rename itself survives a power cut once the folder is synced; Windows cannot sync one, and need not. */
async function replaceFile(file: string, content: Uint8Array): Promise<void> {
  const temporary = `${file}.new`
  // One that a killed process left may have wider permissions than ours.
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  if (process.platform === 'win32') return
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function keyOf(secret: CardFileSecret, salt: Uint8Array): Promise<Buffer> {
  if ('key' in secret) {
    if (secret.key.length !== keyLength) throw new RangeError('The key of a card file has 32 bytes.')
    return Promise.resolve(Buffer.from(secret.key))
  }
  const { passphrase } = secret
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, keyLength, scryptCost, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
