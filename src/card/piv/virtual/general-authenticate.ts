import { type DataObject, encodeDataObject, findValue, readTemplate } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { equalInConstantTime } from '../../secrets/admin-key.ts'
import {
  managementKeyCiphers,
  managementKeyResponse,
  managementKeyTypeOf,
} from '../../secrets/management-key.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { findKeySlot } from '../key-slot.ts'
import { reference } from '../piv-identifiers.ts'
import type { CardSession } from './card-session.ts'
import type { SlotKey } from './card-state.ts'
import { agreeOnKey, usePrivateKey } from './private-key-operations.ts'

const nothing = new Uint8Array()

/**
 * GENERAL AUTHENTICATE (SP 800-73-4 part 2 §3.2.4, appendix A). With the management key: an empty challenge (81) begins the
 * authentication of the administrator alone, an empty witness (80) the mutual one, and what comes next answers it. With a
 * private key: an empty response (82) asks for the signature or decipherment of 81, or the key agreed on with 85.
 */
export async function generalAuthenticate(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const { pending } = session
  session.pending = undefined
  const template = readTemplate(command.data, dynamicAuthentication.template)
  if (command.p2 !== reference.managementKey) return performWithPrivateKey(session, command, template)
  const { type } = session.state.managementKey
  if (managementKeyTypeOf(command.p1) !== type) throw new CommandRefusal(statusWord.incorrectParameters)
  const witness = findValue(template, dynamicAuthentication.witness)
  const challenge = findValue(template, dynamicAuthentication.challenge)
  const response = findValue(template, dynamicAuthentication.response)
  const asked = template.length === 1 && (witness ?? challenge)
  if (asked && asked.length === 0) return begin(session, witness === undefined ? 'challenge' : 'witness')

  session.isAdministrator = false
  if (response !== undefined && template.length === 1) {
    if (pending?.kind !== 'challenge') throw new CommandRefusal(statusWord.incorrectData)
    requireBlock(session, response)
    requireRight(managementKeyResponse(type, session.state.managementKey.value, pending.value), response)
    session.isAdministrator = true
    return nothing
  }
  if (witness === undefined || challenge === undefined || hasOthers(template, [0x80, 0x81, 0x82])) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  if (pending?.kind !== 'witness') throw new CommandRefusal(statusWord.incorrectData)
  requireBlock(session, witness)
  requireBlock(session, challenge)
  requireRight(pending.value, witness)
  session.isAdministrator = true
  return answer(managementKeyResponse(type, session.state.managementKey.value, challenge))
}

function begin(session: CardSession, kind: 'challenge' | 'witness'): Uint8Array {
  const { type, value: key } = session.state.managementKey
  const value = Uint8Array.from(session.randomBytes(managementKeyCiphers[type].challengeLength))
  session.pending = { kind, value }
  return encodeDataObject(
    dynamicAuthentication.template,
    kind === 'challenge'
      ? encodeDataObject(dynamicAuthentication.challenge, value)
      : encodeDataObject(dynamicAuthentication.witness, managementKeyResponse(type, key, value)),
  )
}

function performWithPrivateKey(
  session: CardSession,
  command: CommandApdu,
  template: readonly DataObject[],
): Uint8Array {
  const slot = findKeySlot(command.p2)
  if (slot === undefined) throw new CommandRefusal(statusWord.incorrectParameters)
  const key = session.requireKey(command.p2, statusWord.incorrectParameters)
  if (key.algorithm.identifier !== command.p1) throw new CommandRefusal(statusWord.incorrectParameters)
  const response = findValue(template, dynamicAuthentication.response)
  const challenge = findValue(template, dynamicAuthentication.challenge)
  const point = findValue(template, dynamicAuthentication.exponentiation)
  const input = challenge ?? point
  if (response?.length !== 0 || input === undefined || template.length !== 2) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  requirePin(session, key)
  if (challenge !== undefined) return answer(usePrivateKey(key, challenge, session.randomBytes))
  if (!slot.isForKeyManagement) throw new CommandRefusal(statusWord.incorrectData)
  return answer(agreeOnKey(key, input))
}

/** One verification of the PIN serves one use of a key that wants it always, whatever that use comes to. */
function requirePin(session: CardSession, { pinPolicy }: SlotKey): void {
  const isAllowed =
    pinPolicy === 'never' || (pinPolicy === 'once' ? session.isPinVerified : session.isPinFresh)
  if (!isAllowed) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  if (pinPolicy !== 'never') session.isPinFresh = false
}

function requireBlock({ state }: CardSession, block: Uint8Array): void {
  if (block.length !== managementKeyCiphers[state.managementKey.type].challengeLength) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
}

function requireRight(expected: Uint8Array, given: Uint8Array): void {
  if (!equalInConstantTime(expected, given)) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
}

function hasOthers(template: readonly DataObject[], tags: readonly number[]): boolean {
  return template.some(({ tag }) => !tags.includes(tag))
}

function answer(value: Uint8Array): Uint8Array {
  return encodeDataObject(
    dynamicAuthentication.template,
    encodeDataObject(dynamicAuthentication.response, value),
  )
}
