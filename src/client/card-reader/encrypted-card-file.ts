import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CardStateStore } from '../../card/virtual/card-state-store.ts'
import { writePrivateFile } from '../write-file-whole.ts'
import { CardFileError } from './card-file-error.ts'
import {
  type CardFileOpening,
  type CardFileParts,
  type CardFileSeal,
  encodeOpening,
  maximumLength,
  nonceLength,
  parseCardFile,
  saltLength,
  tagLength,
} from './card-file-format.ts'
import { lockFile } from './file-lock.ts'
import type { KeySealer } from './key-sealer.ts'

/** What opens a card file: a passphrase that a person types, 32 bytes, or this machine, and a passphrase besides where it has one. */
export type CardFileSecret =
  | { readonly passphrase: string }
  | { readonly key: Uint8Array }
  | { readonly sealer: KeySealer; readonly passphrase: string | undefined }

export interface EncryptedCardFile extends CardStateStore {
  /** Lets other processes open the file. */
  close(): Promise<void>
}

const keyLength = 32
/** 64 MiB and some 0.2 s a guess (RFC 7914 §2). */
const scryptCost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

/**
 * Keeps a virtual card's state in one file: `Cardinal card 1\n`, a salt (16 bytes), a nonce (12), the first byte of the
 * state, which says what card it is, and the rest of the state under AES-256-GCM with its tag (16); everything before the
 * ciphertext is authenticated. A passphrase becomes a key by scrypt. The file of a sealed card begins with
 * `Cardinal card 2\n`, and has between salt and nonce how it is sealed (1 byte: 1, or 2 with a passphrase), the sealer's name
 * (34), and the sealed key as TPM2B_PUBLIC and TPM2B_PRIVATE. The sealed key is the file's, or what HKDF (RFC 5869) makes
 * of it with the passphrase's.
 *
 * The file belongs to one process at a time, by a lock file beside it: two that ran the same card would each grant its tries. Saving
 * writes a new file, syncs it, and renames it over the old one, so that either of them is whole at any moment. A new key is
 * sealed before anything is written.
 *
 * @throws CardFileError, from `load` too; FileLockedError where another process has the file
 */
export async function openEncryptedCardFile(
  file: string,
  secret: CardFileSecret,
  { mustBeNew = false } = {},
): Promise<EncryptedCardFile> {
  const lock = await lockFile(`${file}.lock`)
  try {
    const existing = await readContent(file)
    if (mustBeNew && existing !== undefined) {
      throw new CardFileError(`${file} is there already. Choose another name, or destroy that card first.`)
    }
    const { key, opening } =
      existing === undefined
        ? await newKey(file, secret)
        : await existingKey(file, secret, parseCardFile(existing))
    let isClosed = false
    return {
      async load() {
        const content = await readContent(file)
        return content === undefined ? undefined : decrypt(file, key, parseCardFile(content))
      },
      async save(content) {
        // The key is gone, and another process may have the file.
        if (isClosed) throw new CardFileError('The file of this card was closed. Open the card again.')
        await writePrivateFile(file, encrypt(key, opening, content))
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

/** What anybody may know of a card file; nothing where there is none. @throws CardFileError where it is another file */
export async function readCardFileParts(file: string): Promise<CardFileParts | undefined> {
  const content = await readContent(file)
  return content === undefined ? undefined : parseCardFile(content)
}

interface OpenedKey {
  readonly key: Buffer
  readonly opening: CardFileOpening
}

async function newKey(file: string, secret: CardFileSecret): Promise<OpenedKey> {
  const salt = randomBytes(saltLength)
  if (!('sealer' in secret)) return { key: await keyOf(secret, salt), opening: { salt, seal: null } }
  const { sealer, passphrase } = secret
  const sealed = randomBytes(keyLength)
  const sealedKey = await sealer.seal(sealed, file)
  const key = await withPassphrase(sealed, passphrase, salt)
  return { key, opening: { salt, seal: { sealedKey, hasPassphrase: passphrase !== undefined } } }
}

async function existingKey(
  file: string,
  secret: CardFileSecret,
  { salt, seal }: CardFileOpening,
): Promise<OpenedKey> {
  // They outlive what was read, which goes.
  const opening = { salt, seal }
  if (!('sealer' in secret)) {
    if (seal !== null)
      throw new CardFileError(`${file} opens by the TPM that sealed it, not by a passphrase or key.`)
    return { key: await keyOf(secret, salt), opening }
  }
  if (seal === null)
    throw new CardFileError(`${file} is not sealed by a TPM. Open it with its passphrase or key.`)
  checkPassphrase(file, secret.passphrase, seal)
  const unsealed = await secret.sealer.unseal(seal.sealedKey, file)
  return {
    key: await withPassphrase(
      Buffer.from(unsealed.buffer, unsealed.byteOffset, unsealed.length),
      secret.passphrase,
      salt,
    ),
    opening,
  }
}

function checkPassphrase(
  file: string,
  passphrase: string | undefined,
  { hasPassphrase }: CardFileSeal,
): void {
  if (hasPassphrase === (passphrase !== undefined)) return
  throw new CardFileError(
    hasPassphrase
      ? `${file} needs its passphrase besides the TPM.`
      : `${file} is sealed by the TPM alone. Open it without a passphrase.`,
  )
}

function encrypt(key: Uint8Array, opening: CardFileOpening, content: Uint8Array): Buffer {
  if (content.length === 0) throw new RangeError('The state of a card has one byte at least.')
  const nonce = randomBytes(nonceLength)
  const header = Buffer.concat([encodeOpening(opening), nonce, content.subarray(0, 1)])
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header)
  return Buffer.concat([header, cipher.update(content.subarray(1)), cipher.final(), cipher.getAuthTag()])
}

function decrypt(file: string, key: Uint8Array, parts: CardFileParts): Uint8Array {
  const { header, nonce, ciphertext, tag, firstStateByte, seal } = parts
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(header).setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new CardFileError(
      seal === null || seal.hasPassphrase
        ? 'The passphrase or key does not open the file of this card, or the file is damaged.'
        : `${file} is damaged. Put back a copy of it that was made on this machine.`,
    )
  }
  const state = Buffer.concat([Buffer.of(firstStateByte), plaintext])
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

function keyOf(
  secret: { readonly passphrase: string } | { readonly key: Uint8Array },
  salt: Uint8Array,
): Promise<Buffer> {
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

/** Both are needed; neither says anything of the key. */
async function withPassphrase(
  sealed: Buffer,
  passphrase: string | undefined,
  salt: Uint8Array,
): Promise<Buffer> {
  if (passphrase === undefined) return sealed
  const typed = await keyOf({ passphrase }, salt)
  const key = Buffer.from(hkdfSync('sha256', sealed, typed, 'Cardinal card 2', keyLength))
  sealed.fill(0)
  typed.fill(0)
  return key
}
