/**
 * A secret as bytes, in hexadecimal digits of either case, and in base64 wherever it may stand in a longer text: each
 * of the ways in which it could lie in a file in clear.
 */
export function writtenForms(secret: Uint8Array): Buffer[] {
  const raw = Buffer.from(secret)
  const hex = raw.toString('hex')
  const base64 = [0, 1, 2].map(before => insideBase64(raw, before))
  return [raw, ...[hex, hex.toUpperCase(), ...base64].map(text => Buffer.from(text, 'latin1'))]
}

/** The characters that depend on the secret alone where that many bytes come before it. */
function insideBase64(secret: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6))
}
