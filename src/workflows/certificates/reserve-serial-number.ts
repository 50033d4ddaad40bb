import type { Environment } from '../environment.ts'
import type { Transaction } from '../ports/store.ts'

/** RFC 5280 §4.1.2.2 allows 20 octets; 16 hold far more than the 64 random bits that keep serial numbers unforeseeable. */
const serialNumberLength = 16

/** A serial number that this authority never used: positive, 16 octets, 126 random bits. */
export async function reserveSerialNumber(
  environment: Pick<Environment, 'randomness' | 'certificationAuthority'>,
  transaction: Transaction,
): Promise<Uint8Array> {
  const serialNumber = environment.randomness.bytes(serialNumberLength)
  // The first octet 0x40–0x7F: positive and of full length in DER, whatever the random bits are.
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40
  const isNew = await transaction.reserveSerialNumber(
    environment.certificationAuthority.uuid,
    Buffer.from(serialNumber).toString('hex').toUpperCase(),
  )
  return isNew ? serialNumber : await reserveSerialNumber(environment, transaction)
}
