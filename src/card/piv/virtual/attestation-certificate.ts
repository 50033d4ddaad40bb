import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { encodeDataObject, readDataObjects, readTemplate } from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'

/** What a card certifies of one of its keys. */
export interface AttestedKey {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
  /** Two hexadecimal digits. */
  readonly keyId: string
  readonly firmwareVersion: Uint8Array
  /** 0 to 2^32 − 1. */
  readonly serialNumber: number
  /** Numbers of PIN policy and touch policy. */
  readonly policies: Uint8Array
}

/** Who signs: the attestation key, and its certificate in DER. */
export interface Attester {
  readonly privateKey: KeyObject
  readonly certificate: Uint8Array
}

const der = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  generalizedTime: 0x18,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
} as const

/** Contents of object identifiers, in hexadecimal digits. */
const objectIdentifier = {
  commonName: '550403',
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  ecdsaWithSha256: '2a8648ce3d040302',
  sha256WithRsaEncryption: '2a864886f70d01010b',
  firmwareVersion: '2b0601040182c40a0303',
  serialNumber: '2b0601040182c40a0307',
  policies: '2b0601040182c40a0308',
  formFactor: '2b0601040182c40a0309',
} as const

const certificateSerialLength = 16
const version3 = encodeDataObject(der.version, integer(Uint8Array.of(2)))
/** A card has no clock: from the first second of the century to the end that is none (RFC 5280 §4.1.2.5). */
const validityOfAttester = sequence(
  encodeDataObject(der.utcTime, Buffer.from('000101000000Z', 'ascii')),
  encodeDataObject(der.generalizedTime, Buffer.from('99991231235959Z', 'ascii')),
)
/** A virtual card has none. */
const formFactor = Uint8Array.of(0)
const isAuthority = sequence(encodeDataObject(der.boolean, Uint8Array.of(0xff)), integer(Uint8Array.of(0)))
const keyCertSign = encodeDataObject(der.bitString, Uint8Array.of(2, 0x04))

/**
 * The certificate that a new card makes itself for its attestation key. Its name says what it is: nobody else vouches for
 * a card in software.
 *
 * @param serialNumber of the card, 0 to 2^32 − 1
 * @returns DER
 */
export function newAttesterCertificate(privateKey: KeyObject, serialNumber: number): Uint8Array {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const name = commonName(`Cardinal Virtual PIV Card ${serialNumber}`)
  return signedCertificate(privateKey, [
    certificateSerial(createHash('sha256').update(publicKey).digest()),
    signatureAlgorithm(privateKey),
    name,
    validityOfAttester,
    name,
    publicKey,
    extensions(
      criticalExtension(objectIdentifier.basicConstraints, isAuthority),
      criticalExtension(objectIdentifier.keyUsage, keyCertSign),
    ),
  ])
}

/**
 * A certificate of a key by the card's attestation key, as YubiKeys make them (Yubico, "PIV attestation"): issuer and
 * validity are subject and validity of the attester's, and the extensions say what the card knows of the key.
 *
 * @param random at least 16 bytes for its serial number
 * @returns DER
 * @throws CardError 'invalid-tlv' where the attester's certificate is none
 */
export function attestationCertificate(attester: Attester, key: AttestedKey, random: Uint8Array): Uint8Array {
  const { subject, validity } = readAttester(attester.certificate)
  const serialNumber = Buffer.alloc(5)
  serialNumber.writeUInt32BE(key.serialNumber, 1)
  return signedCertificate(attester.privateKey, [
    certificateSerial(random),
    signatureAlgorithm(attester.privateKey),
    subject,
    validity,
    commonName(`Cardinal Virtual PIV Attestation ${key.keyId}`),
    key.publicKey,
    extensions(
      extension(objectIdentifier.firmwareVersion, key.firmwareVersion),
      extension(objectIdentifier.serialNumber, integer(withoutNeedlessZeros(serialNumber))),
      extension(objectIdentifier.policies, key.policies),
      extension(objectIdentifier.formFactor, formFactor),
    ),
  ])
}

function readAttester(certificate: Uint8Array): { subject: Uint8Array; validity: Uint8Array } {
  const [tbsCertificate] = readTemplate(certificate, der.sequence)
  const fields = readDataObjects(tbsCertificate?.value ?? new Uint8Array())
  // Version 1 is not written out (RFC 5280 §4.1.2.1).
  const first = fields[0]?.tag === der.version ? 1 : 0
  const [validity, subject] = fields.slice(first + 3)
  if (validity?.tag !== der.sequence || subject?.tag !== der.sequence) {
    throw new CardError('invalid-tlv', 'The certificate of the attestation key is none.')
  }
  return { subject: sequence(subject.value), validity: sequence(validity.value) }
}

function signedCertificate(privateKey: KeyObject, fields: readonly Uint8Array[]): Uint8Array {
  const tbsCertificate = sequence(version3, ...fields)
  const signature = sign('sha256', tbsCertificate, privateKey)
  return sequence(
    tbsCertificate,
    signatureAlgorithm(privateKey),
    encodeDataObject(der.bitString, Uint8Array.of(0), signature),
  )
}

function signatureAlgorithm(privateKey: KeyObject): Uint8Array {
  return privateKey.asymmetricKeyType === 'rsa'
    ? sequence(identifier(objectIdentifier.sha256WithRsaEncryption), encodeDataObject(der.null))
    : sequence(identifier(objectIdentifier.ecdsaWithSha256))
}

function commonName(text: string): Uint8Array {
  const value = encodeDataObject(der.utf8String, Buffer.from(text, 'utf8'))
  return sequence(encodeDataObject(der.set, sequence(identifier(objectIdentifier.commonName), value)))
}

/** Positive, and never shorter than its 16 bytes. */
function certificateSerial(bytes: Uint8Array): Uint8Array {
  const serial = Uint8Array.from(bytes.subarray(0, certificateSerialLength))
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return integer(serial)
}

/** A leading zero stays where the number would be negative without it (X.690 §8.3.2). */
function withoutNeedlessZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte, index) => byte !== 0 || (bytes[index + 1] ?? 0x80) >= 0x80)
  return bytes.subarray(start)
}

function extensions(...all: readonly Uint8Array[]): Uint8Array {
  return encodeDataObject(der.extensions, sequence(...all))
}

function extension(oid: string, value: Uint8Array): Uint8Array {
  return sequence(identifier(oid), encodeDataObject(der.octetString, value))
}

function criticalExtension(oid: string, value: Uint8Array): Uint8Array {
  const critical = encodeDataObject(der.boolean, Uint8Array.of(0xff))
  return sequence(identifier(oid), critical, encodeDataObject(der.octetString, value))
}

function identifier(content: string): Uint8Array {
  return encodeDataObject(der.objectIdentifier, Buffer.from(content, 'hex'))
}

function integer(bytes: Uint8Array): Uint8Array {
  return encodeDataObject(der.integer, bytes)
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeDataObject(der.sequence, ...parts)
}
