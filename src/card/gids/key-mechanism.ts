import type { KeyType } from '../key-pairs/key-type.ts'

/**
 * A key type by the low half of its cryptographic mechanism identifier (GIDS §12.5.3.1); the high half says what is
 * done with the key.
 */
export type KeyMechanism = (typeof keyMechanisms)[number]

export const keyMechanisms = [
  { identifier: 0x07, algorithm: 'RSA', keySize: 2048 },
  { identifier: 0x08, algorithm: 'RSA', keySize: 3072 },
  { identifier: 0x09, algorithm: 'RSA', keySize: 4096 },
  { identifier: 0x0c, algorithm: 'EC', curve: 'P-256', coordinateLength: 32 },
  { identifier: 0x0d, algorithm: 'EC', curve: 'P-384', coordinateLength: 48 },
] as const satisfies readonly (KeyType & { identifier: number })[]

/** The mechanism identifier of three-key triple DES in CBC mode, the admin key's. */
export const tripleDesMechanism = 0x02

/** What the high half of a mechanism identifier asks for. */
export const padding = {
  /** Confidentiality without padding: the plain RSA operation. */
  none: 0x00,
  /** Signature over what the host has prepared: a padded block for RSA, a hash for ECDSA. */
  offCard: 0x10,
  /** RSAES-PKCS1-v1_5. */
  pkcs1Encryption: 0x40,
  /** RSASSA-PKCS1-v1_5 over a DigestInfo. */
  pkcs1Signature: 0x50,
  /** RSAES-OAEP with SHA-1. */
  oaep: 0x80,
} as const

export function findKeyMechanism(identifier: number): KeyMechanism | undefined {
  return keyMechanisms.find(mechanism => mechanism.identifier === (identifier & 0x0f))
}
