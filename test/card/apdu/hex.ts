/** Bytes from hexadecimal digits; blanks are forgiven. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

/** One byte as a command wants it written. */
export function byte(value: number): string {
  return value.toString(16).padStart(2, '0').toUpperCase()
}
