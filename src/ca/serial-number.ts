import type { Randomness } from '../workflows/ports/randomness.ts'

const length = 16

/**
 * A serial number of 16 bytes with 126 random bits; CA/Browser Forum Baseline Requirements §7.1 ask for 64. The first
 * byte is 40 to 7F (hexadecimal), so that it is positive and its INTEGER has exactly these bytes (RFC 5280 §4.1.2.2).
 */
export function generateSerialNumber(randomBytes: Randomness['bytes']): Uint8Array {
  const serialNumber = Uint8Array.from(randomBytes(length))
  serialNumber[0] = 0x40 | ((serialNumber[0] ?? 0) & 0x3f)
  return serialNumber
}
