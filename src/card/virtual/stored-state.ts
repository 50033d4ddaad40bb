import { createPrivateKey, type KeyObject } from 'node:crypto'
import { encodeDataObject } from '../apdu/ber-tlv.ts'
import { CardError } from '../card-error.ts'
import type { TryCounter } from './try-counter.ts'

/** One data object of these parts, which are overwritten. */
export function encodeSecrets(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const encoded = encodeDataObject(tag, ...parts)
  for (const part of parts) part.fill(0)
  return encoded
}

export function encodeTryCounter(tag: number, { left, limit }: TryCounter): Uint8Array {
  return encodeDataObject(tag, Uint8Array.of(left, limit))
}

/** @throws CardError 'invalid-card-state' */
export function decodeTryCounter(value: Uint8Array): TryCounter {
  const [left, limit] = value
  if (left === undefined || limit === undefined || value.length !== 2 || limit < 1 || left > limit) {
    throw invalidState('a retry counter is out of its range')
  }
  return { left, limit }
}

/** PKCS #8 in DER (RFC 5208). */
export function encodePrivateKey(tag: number, privateKey: KeyObject): Uint8Array {
  return encodeSecrets(tag, privateKey.export({ type: 'pkcs8', format: 'der' }))
}

/** @throws an error of node:crypto */
export function decodePrivateKey(value: Uint8Array): KeyObject {
  const pkcs8 = Buffer.from(value)
  const privateKey = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
  pkcs8.fill(0)
  return privateKey
}

/**
 * Reads the stored state of a card; whatever is wrong in it is one error, which repeats no part of it.
 *
 * @throws CardError 'invalid-card-state'
 */
export function decodeStoredState<State>(decode: () => State): State {
  try {
    return decode()
  } catch (error) {
    throw error instanceof CardError && error.code === 'invalid-card-state'
      ? error
      : invalidState('it is no encoding of one')
  }
}

export function invalidState(reason: string): CardError {
  return new CardError(
    'invalid-card-state',
    `The stored state of the virtual card cannot be used: ${reason}.`,
  )
}
