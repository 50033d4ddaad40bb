import { attributeRules } from '../attribute-rule.ts'
import { toHex } from '../der/bytes.ts'
import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { isIa5String, isPrintableString } from '../der/der-string.ts'
import { derTag, directoryStringTags } from '../der/der-tag.ts'
import { type DerPart, derSequence, derSetOf, derString, encodeDer } from '../der/der-writer.ts'
import { encodeObjectIdentifier } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'
import type { AttributeTypeAndValue } from './attribute-type-and-value.ts'
import { DistinguishedNameParser } from './distinguished-name-parser.ts'

/**
 * A name in the order of its encoding, most significant part first: `[[DC=com], [DC=contoso], [CN=Alice]]`. Each
 * relative name is mostly one attribute.
 */
export type DistinguishedName = readonly (readonly AttributeTypeAndValue[])[]

/** The name without any part, as a subject may have that is named by its alternative names alone. */
export const emptyName: DistinguishedName = []

const maximumRelativeNames = 64
const maximumAttributes = 16

/**
 * The DER of a Name (RFC 5280 §4.1.2.4): PrintableString where the value allows, otherwise UTF8String; domain
 * components and e-mail addresses as IA5String.
 *
 * @throws X509Error invalid-name when a value is empty, longer than RFC 5280 Appendix A allows, or not of the
 *   attribute's characters
 */
export function encodeName(name: DistinguishedName): Uint8Array {
  return encodeDer(
    derSequence(
      name.map(relativeName => {
        if (relativeName.length === 0)
          throw new X509Error('invalid-name', 'a relative name without attribute')
        return derSetOf(relativeName.map(encodeAttribute))
      }),
    ),
  )
}

function encodeAttribute({ type, value }: AttributeTypeAndValue): DerPart {
  const fault = findAttributeFault(type, value)
  if (fault !== null) throw new X509Error('invalid-name', `attribute ${type}: ${fault}`)
  return derSequence([encodeObjectIdentifier(type), derString(stringTag(type, value), value)])
}

/** How long a value of this attribute is and of what, against RFC 5280 Appendix A; null when it fits. */
export function findAttributeFault(type: string, value: string): string | null {
  const rule = attributeRules.get(type)
  // The bounds count characters, not the halves that U+10000 and above have in a string.
  const length = value.length <= 64 ? value.length : [...value].length
  if (length === 0) return 'is empty'
  if (rule !== undefined && length > rule.maximum) return `has more than ${rule.maximum} characters`
  if (rule !== undefined && length < rule.minimum) return `has fewer than ${rule.minimum} characters`
  if (!value.isWellFormed()) return 'is no Unicode text'
  if (rule?.string === 'ia5' && !isIa5String(value)) return 'has characters outside of IA5String'
  if (rule?.string === 'printable' && !isPrintableString(value)) {
    return 'has characters outside of PrintableString'
  }
  return null
}

function stringTag(type: string, value: string): number {
  if (attributeRules.get(type)?.string === 'ia5') return derTag.ia5String
  return isPrintableString(value) ? derTag.printableString : derTag.utf8String
}

/**
 * Reads a Name with values in any of the string types. Lengths are not judged; the lint does that.
 *
 * @throws X509Error
 */
export function decodeName(der: Uint8Array): DistinguishedName {
  return decodeDer(der, readName)
}

/** Reads a Name at the cursor; see `decodeName`. */
export function readName(reader: DerReader): DistinguishedName {
  const start = reader.position
  const name = reader.sequenceOf(readRelativeName)
  if (name.length > maximumRelativeNames)
    throw reader.error('invalid-name', 'a name of too many parts', start)
  return name
}

function readRelativeName(reader: DerReader): readonly AttributeTypeAndValue[] {
  const start = reader.position
  const attributes = reader.setOf(readAttribute)
  if (attributes.length === 0 || attributes.length > maximumAttributes) {
    throw reader.error('invalid-name', 'a relative name without or with too many attributes', start)
  }
  return attributes
}

function readAttribute(reader: DerReader): AttributeTypeAndValue {
  return reader.sequence(inner => ({
    type: inner.objectIdentifier(),
    value: inner.string(...directoryStringTags),
  }))
}

/**
 * The name as RFC 4514 §2 writes it: the last relative name first, `CN=Alice,OU=Users,DC=contoso,DC=com`. An attribute
 * type without a descriptor becomes `1.2.3=#…`, the value's DER in hexadecimal (RFC 4514 §2.4).
 */
export function formatName(name: DistinguishedName): string {
  return name
    .map(relativeName => relativeName.map(formatAttribute).join('+'))
    .reverse()
    .join(',')
}

function formatAttribute({ type, value }: AttributeTypeAndValue): string {
  const rule = attributeRules.get(type)
  if (rule !== undefined) return `${rule.descriptors[0]}=${escapeValue(value)}`
  const tag = isPrintableString(value) ? derTag.printableString : derTag.utf8String
  return `${type}=#${toHex(encodeDer(derString(tag, value)))}`
}

/** RFC 4514 §2.4; control characters are escaped too, so that a name does no harm in a terminal or a log. */
function escapeValue(value: string): string {
  let escaped = ''
  for (const [index, character] of [...value].entries()) {
    const code = character.charCodeAt(0)
    if (code < 0x20 || code === 0x7f) escaped += `\\${toHex(Uint8Array.of(code))}`
    else if ('"+,;<>\\'.includes(character) || (index === 0 && ' #'.includes(character))) {
      escaped += `\\${character}`
    } else escaped += character
  }
  return value.length > 1 && value.endsWith(' ') ? `${escaped.slice(0, -1)}\\ ` : escaped
}

/**
 * Reads a name as RFC 4514 §3 writes it. Forgiven: blanks around `,`, `+` and `=`, and any casing of descriptors
 * (RFC 4514 §2.3, RFC 4512 §1.4).
 *
 * @throws X509Error invalid-name
 */
export function parseName(text: string): DistinguishedName {
  return text.trim() === '' ? emptyName : new DistinguishedNameParser(text).parse().reverse()
}
