/**
 * Where a PIV card keeps a private key, by its key reference in two hexadecimal digits of lower case: PIV
 * authentication, digital signature, key management, card authentication, and the retired keys of key management
 * (SP 800-73-4 part 1 table 4b).
 */
export interface KeySlot {
  readonly keyId: string
  readonly reference: number
  /** The data object of its certificate. */
  readonly certificateObject: number
  readonly pinPolicy: PinPolicy
  /** Whether ECDH is for this key. */
  readonly isForKeyManagement: boolean
}

/** Where the key is that signs attestations of the others (Yubico, "PIV attestation"). It does nothing else. */
export const attestationSlot: KeySlot = slot(0xf9, 0x5fff01, 'never', false)

/** How often the PIN must have been verified: once in a session, right before each use, or never. */
export type PinPolicy = 'never' | 'once' | 'always'

const retiredKeys = 20

export const keySlots: readonly KeySlot[] = [
  slot(0x9a, 0x5fc105, 'once', false),
  slot(0x9c, 0x5fc10a, 'always', false),
  slot(0x9d, 0x5fc10b, 'once', true),
  slot(0x9e, 0x5fc101, 'never', false),
  ...Array.from({ length: retiredKeys }, (_, index) => slot(0x82 + index, 0x5fc10d + index, 'once', true)),
]

export function isRetired({ reference }: KeySlot): boolean {
  return reference >= 0x82 && reference < 0x82 + retiredKeys
}

export function findKeySlot(reference: number): KeySlot | undefined {
  return keySlots.find(candidate => candidate.reference === reference)
}

function slot(
  reference: number,
  certificateObject: number,
  pinPolicy: PinPolicy,
  isForKeyManagement: boolean,
): KeySlot {
  return { keyId: reference.toString(16), reference, certificateObject, pinPolicy, isForKeyManagement }
}
