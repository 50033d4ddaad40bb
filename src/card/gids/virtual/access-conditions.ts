import { findValue, readTemplate } from '../../apdu/ber-tlv.ts'
import { securityCondition } from '../gids-identifiers.ts'

/** Who has proved what since the card was last reset. */
export interface SecurityStatus {
  readonly isPinVerified: boolean
  readonly isAdministrator: boolean
}

/** The bit of an operation in the access mode byte of a file (ISO/IEC 7816-4 §9.3.3, GIDS §8). */
export const operation = {
  getData: 0x01,
  putData: 0x02,
  getPublicKey: 0x01,
  putKey: 0x02,
  manageSecurityEnvironment: 0x04,
  generateKeyPair: 0x08,
  deleteChild: 0x01,
  createFile: 0x02,
  deleteSelf: 0x40,
} as const

const accessRuleTag = 0x8c
const fileControlParametersTag = 0x62
const { always, pinHolder, administrator, never } = securityCondition

/**
 * The security condition byte that a file's compact access rule (tag 8C: an access mode byte, then a condition for
 * each bit set in it, highest bit first) has for an operation. What the rule does not name is never allowed.
 *
 * @throws CardError 'invalid-tlv'
 */
export function conditionOf(controlParameters: Uint8Array, operationBit: number): number {
  const rule = findRule(controlParameters)
  if (rule === undefined) return never
  const [mode = 0, ...conditions] = rule
  if ((mode & operationBit) === 0) return never
  let higherBits = 0
  for (let bit = operationBit << 1; bit <= 0x40; bit <<= 1) if ((mode & bit) !== 0) higherBits += 1
  return conditions[higherBits] ?? never
}

/** Whether a file's access rule has exactly one condition for each operation that it names. */
export function hasAccessRule(controlParameters: Uint8Array): boolean {
  const rule = findRule(controlParameters)
  const [mode] = rule ?? []
  if (rule === undefined || mode === undefined) return false
  let named = 0
  for (let bit = 0x01; bit <= 0x40; bit <<= 1) if ((mode & bit) !== 0) named += 1
  return rule.length === 1 + named
}

/**
 * Whether a security condition byte holds (ISO/IEC 7816-4 table 43): bit 8 asks for all of what bits 6 (administrator)
 * and 5 (PIN) name instead of one of it. Bit 7, secure messaging, never holds here. The low half names a security
 * environment: none, or 1, which GIDS gives to contact cards.
 */
export function isSatisfied(condition: number, status: SecurityStatus): boolean {
  if (condition === always) return true
  if (condition === never || (condition & 0x0f) > 1) return false
  const named = [
    { bit: 0x40, holds: false },
    { bit: administrator, holds: status.isAdministrator },
    { bit: pinHolder, holds: status.isPinVerified },
  ].filter(({ bit }) => (condition & bit) !== 0)
  const asksForAll = (condition & 0x80) !== 0
  return asksForAll ? named.length > 0 && named.every(({ holds }) => holds) : named.some(({ holds }) => holds)
}

function findRule(controlParameters: Uint8Array): Uint8Array | undefined {
  return findValue(readTemplate(controlParameters, fileControlParametersTag), accessRuleTag)
}
