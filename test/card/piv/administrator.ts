import {
  type ManagementKeyType,
  managementKeyCiphers,
  managementKeyResponse,
} from '../../../src/card/secrets/management-key.ts'
import { byte, fromHex, toHex } from '../apdu/hex.ts'
import { managementKey, type PivWire } from './piv-cards.ts'

/** The single authentication, with the key that new cards have. */
export async function authenticate(
  card: PivWire,
  type: ManagementKeyType = 'AES-192',
  key: Uint8Array = managementKey,
): Promise<void> {
  const identifier = byte(managementKeyCiphers[type].identifier)
  const asked = await card.expect(`0087${identifier}9B047C02810000`)
  await card.expect(respond(type, managementKeyResponse(type, key, fromHex(asked.slice(8)))))
}

export function respond(type: ManagementKeyType, response: Uint8Array): string {
  const value = `82${byte(response.length)}${toHex(response)}`
  const template = `7C${byte(value.length / 2)}${value}`
  return `0087${byte(managementKeyCiphers[type].identifier)}9B${byte(template.length / 2)}${template}00`
}

/** @param slot and algorithm in hexadecimal digits */
export function generateKey(slot: string, algorithm: string): string {
  return `004700${slot}05AC038001${algorithm}00`
}

/** The signature of a digest of 32 bytes by a key of a curve. */
export function signDigest(slot: string, algorithm: string): string {
  return `0087${algorithm}${slot}267C248200 8120${'AB'.repeat(32)}00`
}
