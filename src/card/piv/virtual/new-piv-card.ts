import { generateKeyPairSync } from 'node:crypto'
import { CardError } from '../../card-error.ts'
import { type ManagementKeyType, requireManagementKey } from '../../secrets/management-key.ts'
import { allTries } from '../../virtual/try-counter.ts'
import { encodeCertificateObject } from '../certificate-object.ts'
import { p256 } from '../key-algorithm.ts'
import { attestationSlot } from '../key-slot.ts'
import { encodePin } from '../pin-encoding.ts'
import { newAttesterCertificate } from './attestation-certificate.ts'
import type { FactoryKeyType, ManagementKey, PivCardState, ReferenceData } from './card-state.ts'

export interface NewPivCardOptions {
  /** 0 to 2^32 − 1. */
  readonly serialNumber: number
  /** 6 to 8 characters, 123456 by default. */
  readonly pin?: string
  /** 6 to 8 characters, 12345678 by default. */
  readonly puk?: string
  /** By default of AES-192, 01 02 … 08 three times. Its type is also that after a reset, if makers use it. */
  readonly managementKey?: { readonly type: ManagementKeyType; readonly value: Uint8Array }
  /** Wrong PINs in a row that block the PIN, 1 to 255; 3 by default. */
  readonly pinTries?: number
  /** Wrong PUKs in a row that block the PUK, 1 to 255; 3 by default. */
  readonly pukTries?: number
}

/** What makers deliver such cards with, Yubico among them. */
export const factoryPin = '123456'
export const factoryPuk = '12345678'
export const factoryManagementKey = {
  type: 'AES-192',
  value: Uint8Array.from(Buffer.from('0102030405060708'.repeat(3), 'hex')),
} as const

/** The same bytes under either type. */
export function factoryManagementKeyOf(type: FactoryKeyType): ManagementKey {
  return { type, value: factoryManagementKey.value }
}

/** A card that has a management key of triple DES is taken for one of the makers who deliver such. */
export function factoryKeyTypeFor(type: ManagementKeyType): FactoryKeyType {
  return type === '3DES' ? '3DES' : 'AES-192'
}

const defaultTries = 3

/**
 * A card as its maker delivers it: the PIN, PUK and management key that everybody knows, and no keys but a new one that
 * attests the others, with the certificate that it makes itself.
 *
 * @throws CardError 'invalid-pin', 'invalid-key'; RangeError for other numbers that are out of range
 */
export function newPivCardState(options: NewPivCardOptions): PivCardState {
  const state = blankPivCardState(options)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: p256.curve })
  const certificate = newAttesterCertificate(privateKey, state.serialNumber)
  const { reference, pinPolicy, certificateObject } = attestationSlot
  return {
    ...state,
    keys: [{ reference, algorithm: p256, privateKey, pinPolicy, origin: 'generated' }],
    objects: [{ identifier: certificateObject, value: encodeCertificateObject(certificate) }],
  }
}

/** A card without any key, which therefore attests nothing. @throws as `newPivCardState` */
export function blankPivCardState(options: NewPivCardOptions): PivCardState {
  const { serialNumber, managementKey = factoryManagementKey } = options
  if (!Number.isInteger(serialNumber) || serialNumber < 0 || serialNumber > 0xffff_ffff) {
    throw new RangeError('The serial number of a card is a whole number from 0 to 2^32 − 1.')
  }
  requireManagementKey(managementKey.type, managementKey.value)
  return {
    serialNumber,
    pin: referenceData(options.pin ?? factoryPin, options.pinTries ?? defaultTries),
    puk: referenceData(options.puk ?? factoryPuk, options.pukTries ?? defaultTries),
    managementKey: { type: managementKey.type, value: Uint8Array.from(managementKey.value) },
    factoryKeyType: factoryKeyTypeFor(managementKey.type),
    keys: [],
    objects: [],
  }
}

function referenceData(text: string, tries: number): ReferenceData {
  if (!Number.isInteger(tries) || tries < 1 || tries > 0xff) {
    throw new RangeError('A card gives 1 to 255 tries for its PIN and its PUK.')
  }
  const value = encodePin(text)
  if (value === undefined) {
    throw new CardError(
      'invalid-pin',
      'The card cannot hold this PIN or PUK. Choose 6 to 8 characters of ASCII.',
    )
  }
  return { value, tries: allTries(tries) }
}
