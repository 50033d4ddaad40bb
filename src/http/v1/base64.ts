import { CardinalError } from '../../domain/error.ts'

/** Reads base64 (RFC 4648 §4), with or without line breaks and blanks. Throws InvalidParameter that names the field. */
export function parseBase64(text: string, field: string): Uint8Array {
  const characters = text.replace(/[\r\n\t ]+/g, '')
  if (characters.length === 0 || characters.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(characters)) {
    throw new CardinalError('InvalidParameter', `${field}: must be base64.`)
  }
  return Buffer.from(characters, 'base64')
}

export function base64View(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Base64 with CR LF after every 64 columns and at the end: the form of Pkcs7 (contract §2). */
export function base64LinesView(bytes: Uint8Array): string {
  return base64View(bytes).replace(/.{1,64}/g, '$&\r\n')
}
