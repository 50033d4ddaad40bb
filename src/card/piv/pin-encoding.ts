import { pinLength, pinPadding } from './piv-identifiers.ts'

/**
 * A PIN or PUK as it goes to the card: its characters, and 'FF' up to 8 bytes (SP 800-73-4 part 2 §2.4.3). The standard
 * wants digits in a PIN; cards of many makers take any character, and those alone can say what they take.
 *
 * @returns 8 bytes; nothing where the text has other than 6 to 8 printable characters of ASCII
 */
export function encodePin(text: string): Uint8Array | undefined {
  if (!/^[ -~]{6,8}$/.test(text)) return undefined
  const bytes = new Uint8Array(pinLength.maximum).fill(pinPadding)
  bytes.set(Buffer.from(text, 'ascii'))
  return bytes
}

/** Whether bytes are what a card can hold as PIN or PUK: 6 to 8 of them before the padding. */
export function isEncodedPin(bytes: Uint8Array): boolean {
  if (bytes.length !== pinLength.maximum) return false
  const end = bytes.indexOf(pinPadding)
  const length = end < 0 ? bytes.length : end
  return length >= pinLength.minimum && bytes.subarray(length).every(byte => byte === pinPadding)
}
