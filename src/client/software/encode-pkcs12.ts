import { createCipheriv, createHash, createHmac, type KeyObject, pbkdf2 } from 'node:crypto'
import { contextConstructed, derTag } from '../../x509/der/der-tag.ts'
import {
  type DerPart,
  derConstructed,
  derInteger,
  derNull,
  derOctetString,
  derSequence,
  derSetOf,
  derString,
  encodeDer,
} from '../../x509/der/der-writer.ts'
import { encodeObjectIdentifier } from '../../x509/object-identifier.ts'

export interface Pkcs12Entry {
  readonly privateKey: KeyObject
  /** In DER. */
  readonly certificate: Uint8Array
  /** What programs call it in their lists. */
  readonly friendlyName: string
}

export interface Pkcs12Options {
  readonly entries: readonly Pkcs12Entry[]
  /** Certificates of the authorities, in DER. */
  readonly authorities: readonly Uint8Array[]
  readonly password: string
  readonly randomBytes: (length: number) => Uint8Array
}

const identifier = {
  data: '1.2.840.113549.1.7.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** OWASP's least for PBKDF2 with HMAC-SHA-256. */
const keyIterations = 600_000
/** The MAC guards no secret of its own: whoever can guess the password by it can guess it by a key as well. */
const macIterations = 100_000
const saltLength = 16

/**
 * A PKCS#12 file (RFC 7292) as Windows, macOS, browsers and OpenSSL read it: keys under PBES2 with AES-256-CBC and
 * PBKDF2-HMAC-SHA-256 (RFC 8018), certificates in clear, all of it under a MAC of HMAC-SHA-256.
 */
export async function encodePkcs12(options: Pkcs12Options): Promise<Uint8Array> {
  const { entries, authorities, password, randomBytes } = options
  const keys: DerPart[] = []
  for (const entry of entries) {
    const shrouded = await encryptPrivateKey(entry.privateKey, password, randomBytes)
    keys.push(bag(identifier.shroudedKeyBag, shrouded, attributesOf(entry)))
  }
  const certificates = [
    ...entries.map(entry => certificateBag(entry.certificate, attributesOf(entry))),
    ...authorities.map(der => certificateBag(der, [])),
  ]
  const safes = encodeDer(derSequence([safeContents(keys), safeContents(certificates)]))
  const mac = macData(safes, password, randomBytes(saltLength))
  return encodeDer(derSequence([derInteger(3), contentInfo(safes), mac]))
}

function safeContents(bags: readonly DerPart[]): DerPart {
  return contentInfo(encodeDer(derSequence(bags)))
}

/** RFC 5652 §3, of the type data. */
function contentInfo(content: Uint8Array): DerPart {
  return derSequence([oid(identifier.data), explicit(derOctetString(content))])
}

/** RFC 7292 §4.2. */
function bag(type: string, value: DerPart, attributes: readonly DerPart[]): DerPart {
  const tail = attributes.length === 0 ? [] : [derSetOf(attributes)]
  return derSequence([oid(type), explicit(value), ...tail])
}

function certificateBag(certificate: Uint8Array, attributes: readonly DerPart[]): DerPart {
  const value = derSequence([oid(identifier.x509Certificate), explicit(derOctetString(certificate))])
  return bag(identifier.certificateBag, value, attributes)
}

/** Key and certificate belong together by the local key id, which programs make of the certificate's SHA-1. */
function attributesOf({ certificate, friendlyName }: Pkcs12Entry): DerPart[] {
  const localKeyId = createHash('sha1').update(certificate).digest()
  return [
    derSequence([oid(identifier.localKeyId), derSetOf([derOctetString(localKeyId)])]),
    derSequence([oid(identifier.friendlyName), derSetOf([derString(derTag.bmpString, friendlyName)])]),
  ]
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2 (RFC 8018 §6.2). */
async function encryptPrivateKey(
  privateKey: KeyObject,
  password: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<DerPart> {
  const salt = randomBytes(saltLength)
  const vector = randomBytes(16)
  const key = await deriveKey(password, salt)
  const info = privateKey.export({ type: 'pkcs8', format: 'der' })
  const cipher = createCipheriv('aes-256-cbc', key, vector)
  const encrypted = Buffer.concat([cipher.update(info), cipher.final()])
  info.fill(0)
  key.fill(0)
  const derivation = derSequence([
    oid(identifier.pbkdf2),
    derSequence([
      derOctetString(salt),
      derInteger(keyIterations),
      derSequence([oid(identifier.hmacSha256), derNull]),
    ]),
  ])
  const encryption = derSequence([oid(identifier.aes256Cbc), derOctetString(vector)])
  const algorithm = derSequence([oid(identifier.pbes2), derSequence([derivation, encryption])])
  return derSequence([algorithm, derOctetString(encrypted)])
}

function deriveKey(password: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, keyIterations, 32, 'sha256', (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}

/** RFC 7292 §4, MacData. */
function macData(content: Uint8Array, password: string, salt: Uint8Array): DerPart {
  const digest = createHmac('sha256', deriveMacKey(password, salt)).update(content).digest()
  const digestInfo = derSequence([derSequence([oid(identifier.sha256), derNull]), derOctetString(digest)])
  return derSequence([digestInfo, derOctetString(salt), derInteger(macIterations)])
}

/** RFC 7292 appendix B.2 for the purpose 3, the MAC, where one block of SHA-256 is as long as the key. */
function deriveMacKey(password: string, salt: Uint8Array): Uint8Array {
  const blockLength = 64
  const diversifier = Buffer.alloc(blockLength, 3)
  const input = Buffer.concat([filling(salt, blockLength), filling(bmpString(password), blockLength)])
  let key: Uint8Array = createHash('sha256').update(diversifier).update(input).digest()
  for (let round = 1; round < macIterations; round++) key = createHash('sha256').update(key).digest()
  input.fill(0)
  return key
}

/** Repeated until it fills whole blocks. */
function filling(bytes: Uint8Array, blockLength: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / blockLength) * blockLength, bytes)
}

/** Big-endian UTF-16 with a final zero (RFC 7292 appendix B.1). */
function bmpString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16()
}

function oid(dotted: string): Uint8Array {
  return encodeObjectIdentifier(dotted)
}

function explicit(part: DerPart): DerPart {
  return derConstructed(contextConstructed(0), [part])
}
