import type { Certificate } from './certificate.ts'
import { decodeDer } from './der/der-reader.ts'
import { type Extension, findExtension } from './extension.ts'
import { X509Error } from './x509-error.ts'

/** Extensions of attestations (Yubico, "PIV Attestation OID Arc"). */
export const pivAttestationExtension = {
  firmwareVersion: '1.3.6.1.4.1.41482.3.3',
  serialNumber: '1.3.6.1.4.1.41482.3.7',
  policies: '1.3.6.1.4.1.41482.3.8',
  formFactor: '1.3.6.1.4.1.41482.3.9',
} as const

/** What a card says of a key that it has generated, in the certificate that it makes for it. */
export interface PivAttestation {
  /** `5.4.3` */
  readonly firmwareVersion: string
  /** The number that is printed on the card; null where the card does not tell it. */
  readonly serialNumber: number | null
  readonly pinPolicy: AttestedPinPolicy
  readonly touchPolicy: AttestedTouchPolicy
  /** Null where the card does not tell it. */
  readonly formFactor: AttestedFormFactor | null
}

/** When a use of the key wants the PIN: `match-…` takes a fingerprint in its place. */
export type AttestedPinPolicy = (typeof pinPolicies)[number]
/** When a use of the key wants a touch: `cached` takes one for 15 seconds. */
export type AttestedTouchPolicy = (typeof touchPolicies)[number]

export interface AttestedFormFactor {
  readonly shape: (typeof shapes)[number] | 'other'
  /** Of a series certified under FIPS 140. */
  readonly fips: boolean
}

/** From number 1 on. */
const pinPolicies = ['never', 'once', 'always', 'match-once', 'match-always'] as const
const touchPolicies = ['never', 'always', 'cached'] as const

/** From number 0 on (Yubico, "PIV attestation"; 6 and 7 are those of the YubiKey Bio in Yubico's yubikit). */
const shapes = [
  'unspecified',
  'USB-A keychain',
  'USB-A nano',
  'USB-C keychain',
  'USB-C nano',
  'USB-C and Lightning',
  'USB-A with fingerprint reader',
  'USB-C with fingerprint reader',
] as const
const fipsBit = 0x80
const largestSerialNumber = 0xffff_ffff

/**
 * Reads the extensions of an attestation. What it says is worth as much as who has signed it:
 * `findPivAttestationFault` looks at that.
 *
 * @throws X509Error invalid-extension where it is no attestation, or says something that has no meaning; der-…
 */
export function readPivAttestation({ extensions }: Certificate): PivAttestation {
  const firmwareVersion = extensionValue(extensions, pivAttestationExtension.firmwareVersion)
  const policies = extensionValue(extensions, pivAttestationExtension.policies)
  if (firmwareVersion === null || policies === null) {
    throw invalid('no firmware version or no policies of the key: this is no attestation')
  }
  const serialNumber = extensionValue(extensions, pivAttestationExtension.serialNumber)
  const formFactor = extensionValue(extensions, pivAttestationExtension.formFactor)
  const [pinPolicy, touchPolicy] = readOctets(policies, 2)
  return {
    firmwareVersion: readOctets(firmwareVersion, 3).join('.'),
    serialNumber: serialNumber && readSerialNumber(serialNumber),
    pinPolicy: policyOf(pinPolicies, pinPolicy),
    touchPolicy: policyOf(touchPolicies, touchPolicy),
    formFactor: formFactor && readFormFactor(formFactor),
  }
}

function extensionValue(extensions: readonly Extension[], oid: string): Uint8Array | null {
  return findExtension(extensions, oid)?.value ?? null
}

function readSerialNumber(value: Uint8Array): number {
  const octets = decodeDer(value, reader => reader.unsignedInteger())
  const number = octets.reduce((sum, octet) => sum * 0x100 + octet, 0)
  if (number > largestSerialNumber) throw invalid('a serial number beyond 32 bits')
  return number
}

function readFormFactor(value: Uint8Array): AttestedFormFactor {
  const [number = 0] = readOctets(value, 1)
  // Later cards have other forms, which say nothing about the key.
  return { shape: shapes[number & ~fipsBit] ?? 'other', fips: (number & fipsBit) !== 0 }
}

/** The octets stand in the extension as they are, with no DER around them. */
function readOctets(value: Uint8Array, length: number): readonly number[] {
  if (value.length !== length) throw invalid(`an extension of other than ${length} octets`)
  return [...value]
}

function policyOf<Policy>(policies: readonly Policy[], number = 0): Policy {
  const policy = policies[number - 1]
  if (policy === undefined) throw invalid('a policy of an unknown number')
  return policy
}

function invalid(what: string): X509Error {
  return new X509Error('invalid-extension', what)
}
