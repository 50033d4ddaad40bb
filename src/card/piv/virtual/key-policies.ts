import type { PinPolicy } from '../key-slot.ts'

/** The first one that has all the extensions that are here. */
export const firmwareVersion = Uint8Array.of(5, 7, 0)
/** Yubico's number of the touch policy: there is nothing to touch. */
export const neverTouched = 1

/** Yubico's numbers of PIN policies; zero stands for the slot's own. */
const pinPolicies: readonly (readonly [number: number, policy: PinPolicy])[] = [
  [1, 'never'],
  [2, 'once'],
  [3, 'always'],
]

export function findPinPolicy(number: number): PinPolicy | undefined {
  return pinPolicies.find(([candidate]) => candidate === number)?.[1]
}

export function numberOfPinPolicy(policy: PinPolicy): number {
  return pinPolicies.find(([, candidate]) => candidate === policy)?.[0] ?? 0
}
