import { X509Error } from './x509-error.ts'

/** Base64 with CR LF after every 64 columns and at the end, as Windows writes it. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return text.replace(/.{1,64}/g, '$&\r\n')
}

/**
 * Reads base64 in the standard alphabet (RFC 4648 §4) with line breaks, blanks and tabs anywhere. The padding must be
 * right and the unused bits zero, so that one value has one spelling.
 *
 * @throws X509Error invalid-base64
 */
export function decodeBase64Lines(text: string): Uint8Array {
  const compact = text.replace(/[\r\n\t ]+/g, '')
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw invalid()
  const bytes = Buffer.from(compact, 'base64')
  if (bytes.toString('base64') !== compact) throw invalid()
  return new Uint8Array(bytes)
}

function invalid(): X509Error {
  return new X509Error('invalid-base64', 'not base64 in the standard alphabet, rightly padded')
}
