import type { DerReader } from '../der/der-reader.ts'
import { decodeDer } from '../der/der-reader.ts'
import { encodeString, isIa5String } from '../der/der-string.ts'
import { contextConstructed, contextPrimitive, derTag } from '../der/der-tag.ts'
import { type DerPart, derConstructed, derPrimitive, derString } from '../der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'
import { readName } from './distinguished-name.ts'

/** A name of RFC 5280 §4.2.1.6. The user principal name is Microsoft's otherName ([MS-WCCE] 2.2.2.7). */
export type GeneralName =
  | { readonly type: 'userPrincipalName'; readonly value: string }
  /** `value` is the DER inside of the explicit tag. */
  | { readonly type: 'otherName'; readonly oid: string; readonly value: Uint8Array }
  | { readonly type: 'rfc822Name'; readonly value: string }
  | { readonly type: 'dNSName'; readonly value: string }
  | { readonly type: 'uniformResourceIdentifier'; readonly value: string }
  /** `value` is the encoded Name. */
  | { readonly type: 'directoryName'; readonly value: Uint8Array }
  /** `value` has 4 octets or 16. */
  | { readonly type: 'iPAddress'; readonly value: Uint8Array }
  | { readonly type: 'registeredID'; readonly value: string }

const maximumNames = 256
const otherNameTag = contextConstructed(0)
const rfc822NameTag = contextPrimitive(1)
const dNSNameTag = contextPrimitive(2)
const directoryNameTag = contextConstructed(4)
const uniformResourceIdentifierTag = contextPrimitive(6)
const iPAddressTag = contextPrimitive(7)
const registeredIDTag = contextPrimitive(8)

/** @throws X509Error invalid-general-name when the value is not of its kind */
export function encodeGeneralName(name: GeneralName): DerPart {
  switch (name.type) {
    case 'userPrincipalName':
      requireValid(name.value !== '' && name.value.isWellFormed())
      return encodeOtherName(objectIdentifiers.userPrincipalName, derString(derTag.utf8String, name.value))
    case 'otherName':
      return encodeOtherName(name.oid, name.value)
    case 'rfc822Name':
      return encodeIa5(rfc822NameTag, name.value)
    case 'dNSName':
      return encodeIa5(dNSNameTag, name.value)
    case 'uniformResourceIdentifier':
      return encodeIa5(uniformResourceIdentifierTag, name.value)
    case 'directoryName':
      // Name is a CHOICE, so its context tag is explicit (X.680 §31.2.7).
      return derConstructed(directoryNameTag, [name.value])
    case 'iPAddress':
      requireValid(name.value.length === 4 || name.value.length === 16)
      return derPrimitive(iPAddressTag, name.value)
    case 'registeredID':
      return derPrimitive(registeredIDTag, encodeObjectIdentifier(name.value).subarray(2))
  }
}

function encodeOtherName(oid: string, value: DerPart): DerPart {
  return derConstructed(otherNameTag, [
    encodeObjectIdentifier(oid),
    derConstructed(contextConstructed(0), [value]),
  ])
}

function encodeIa5(tag: number, value: string): DerPart {
  requireValid(value !== '' && isIa5String(value))
  return derPrimitive(tag, encodeString(derTag.ia5String, value))
}

function requireValid(condition: boolean): void {
  if (!condition) throw new X509Error('invalid-general-name', 'a general name whose value is not of its kind')
}

export function encodeGeneralNames(names: readonly GeneralName[], tag: number = derTag.sequence): DerPart {
  return derConstructed(tag, names.map(encodeGeneralName))
}

/** Reads GeneralNames, at least one (RFC 5280 §4.2.1.6). */
export function readGeneralNames(reader: DerReader, tag: number = derTag.sequence): readonly GeneralName[] {
  const start = reader.position
  const names = reader.sequenceOf(readGeneralName, tag)
  if (names.length === 0 || names.length > maximumNames) {
    throw reader.error('invalid-general-name', 'no general name or too many of them', start)
  }
  return names
}

/** @throws X509Error invalid-general-name for an X.400 address, an EDI party name, or a value not of its kind */
export function readGeneralName(reader: DerReader): GeneralName {
  switch (reader.peekTag()) {
    case otherNameTag:
      return reader.constructed(otherNameTag, readOtherName)
    case rfc822NameTag:
      return { type: 'rfc822Name', value: readIa5(reader, rfc822NameTag) }
    case dNSNameTag:
      return { type: 'dNSName', value: readIa5(reader, dNSNameTag) }
    case uniformResourceIdentifierTag:
      return { type: 'uniformResourceIdentifier', value: readIa5(reader, uniformResourceIdentifierTag) }
    case directoryNameTag:
      return { type: 'directoryName', value: reader.constructed(directoryNameTag, readEncodedName) }
    case iPAddressTag:
      return { type: 'iPAddress', value: readAddress(reader) }
    case registeredIDTag:
      return { type: 'registeredID', value: reader.objectIdentifier(registeredIDTag) }
    default:
      throw reader.error('invalid-general-name', 'a general name of an unsupported kind')
  }
}

function readOtherName(reader: DerReader): GeneralName {
  const oid = reader.objectIdentifier()
  const value = reader.constructed(contextConstructed(0), inner => inner.any())
  if (oid === objectIdentifiers.userPrincipalName && value[0] === derTag.utf8String && (value[1] ?? 0) > 0) {
    return { type: 'userPrincipalName', value: decodeDer(value, inner => inner.string(derTag.utf8String)) }
  }
  return { type: 'otherName', oid, value }
}

function readEncodedName(reader: DerReader): Uint8Array {
  return reader.withBytes(readName).der
}

function readIa5(reader: DerReader, tag: number): string {
  const start = reader.position
  const value = reader.implicitString(tag, derTag.ia5String)
  if (value === '') throw reader.error('invalid-general-name', 'an empty general name', start)
  return value
}

function readAddress(reader: DerReader): Uint8Array {
  const start = reader.position
  const address = reader.primitive(iPAddressTag)
  if (address.length !== 4 && address.length !== 16) {
    throw reader.error('invalid-general-name', 'an IP address of neither 4 nor 16 octets', start)
  }
  return address
}
