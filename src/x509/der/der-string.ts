import { X509Error } from '../x509-error.ts'
import { derTag } from './der-tag.ts'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf8 = new TextEncoder()
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/

/** Whether every character is one of PrintableString's (X.680 §41.4). */
export function isPrintableString(text: string): boolean {
  return printable.test(text)
}

/** Whether every character is below U+0080, as IA5String demands. */
export function isIa5String(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false
  }
  return true
}

/**
 * The content octets of a character string of the given universal type.
 *
 * @throws X509Error der-invalid-string when the type has no such character
 */
export function encodeString(tag: number, text: string): Uint8Array {
  switch (tag) {
    case derTag.utf8String:
      if (!text.isWellFormed()) throw invalid()
      return utf8.encode(text)
    case derTag.printableString:
      if (!isPrintableString(text)) throw invalid()
      return latin1(text)
    case derTag.ia5String:
      if (!isIa5String(text)) throw invalid()
      return latin1(text)
    case derTag.bmpString:
      return encodeBmp(text)
    default:
      throw invalid()
  }
}

function latin1(text: string): Uint8Array {
  const content = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) content[index] = text.charCodeAt(index)
  return content
}

function encodeBmp(text: string): Uint8Array {
  const content = new Uint8Array(text.length * 2)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (isSurrogate(unit)) throw invalid()
    content[index * 2] = unit >> 8
    content[index * 2 + 1] = unit & 0xff
  }
  return content
}

/**
 * The text of a character string's content octets.
 *
 * @throws X509Error der-invalid-string when the octets are not of the type, or the type is no character string
 */
export function decodeString(tag: number, content: Uint8Array): string {
  switch (tag) {
    case derTag.utf8String:
      return decodeUtf8(content)
    case derTag.printableString: {
      const text = decodeLatin1(content)
      if (!isPrintableString(text)) throw invalid()
      return text
    }
    case derTag.ia5String:
      if (!isAscii(content)) throw invalid()
      return decodeLatin1(content)
    case derTag.teletexString:
      // T.61 in certificates is, in practice, Latin-1 (RFC 5280 §4.1.2.4 keeps it for old names only).
      return decodeLatin1(content)
    case derTag.bmpString:
      return decodeBmp(content)
    default:
      throw invalid()
  }
}

function decodeUtf8(content: Uint8Array): string {
  if (isAscii(content)) return decodeLatin1(content)
  try {
    return strictUtf8.decode(content)
  } catch {
    throw invalid()
  }
}

function decodeBmp(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw invalid()
  let text = ''
  for (let index = 0; index < content.length; index += 2) {
    const unit = ((content[index] ?? 0) << 8) | (content[index + 1] ?? 0)
    if (isSurrogate(unit)) throw invalid()
    text += String.fromCharCode(unit)
  }
  return text
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

function isAscii(content: Uint8Array): boolean {
  for (let index = 0; index < content.length; index++) {
    if ((content[index] ?? 0) > 0x7f) return false
  }
  return true
}

function decodeLatin1(content: Uint8Array): string {
  if (content.length <= 24) return decodeShort(content)
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1')
}

/** Quicker than a Buffer for the few letters that most parts of a name have. */
function decodeShort(content: Uint8Array): string {
  let text = ''
  for (let index = 0; index < content.length; index++) text += String.fromCharCode(content[index] ?? 0)
  return text
}

function invalid(): X509Error {
  return new X509Error('der-invalid-string', 'a character string that its type cannot hold')
}
