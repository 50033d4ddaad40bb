import { encodeDataObject, findValue, readTemplate } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import { statusWord, statusWordOfTriesLeft } from '../../apdu/status-word.ts'
import { authenticationResponse, equalInConstantTime } from '../../secrets/admin-key.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { allTries } from '../../virtual/try-counter.ts'
import {
  isMutualCryptogram,
  mutualChallengeLength,
  mutualCryptogram,
  mutualCryptogramLength,
  singleChallengeLength,
} from '../admin-authentication.ts'
import { adminKeyReference, pinReference } from '../gids-identifiers.ts'
import type { CardSession, PendingChallenge } from './card-session.ts'

const nothing = new Uint8Array()
/** What Windows' virtual smart cards allow. */
const pinLength = { minimum: 4, maximum: 127 }
/** GIDS: VERIFY with this reference ends all authentications. */
const endAuthenticationsReference = 0x82

/** VERIFY (ISO/IEC 7816-4 §11.5.6). Without data it asks whether the PIN is needed, and how many tries are left. */
export async function verify(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (command.p1 !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  if (command.p2 === endAuthenticationsReference) {
    if (command.data.length > 0) throw new CommandRefusal(statusWord.wrongLength)
    session.endAuthentications()
    return nothing
  }
  requirePinReference(command.p2)
  if (command.data.length === 0) {
    if (session.status.isPinVerified || session.state.lifeCycle === 'creation') return nothing
    const { left } = session.state.pinTries
    throw new CommandRefusal(
      left === 0 ? statusWord.authenticationMethodBlocked : statusWordOfTriesLeft(left),
    )
  }
  if (!isPinLength(command.data.length)) throw new CommandRefusal(statusWord.incorrectData)
  await presentPin(session, pin => equalInConstantTime(pin, command.data))
  return nothing
}

/**
 * CHANGE REFERENCE DATA (ISO/IEC 7816-4 §11.5.7): P1 = 00 with the old PIN and the new one behind it, parted where the old
 * one's length says; P1 = 01 with the new one alone, in creation or after the old one was verified.
 */
export async function changeReferenceData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const { data } = command
  requirePinReference(command.p2)
  if (command.p1 === 0x01) {
    if (session.state.lifeCycle === 'operational' && !session.status.isPinVerified) {
      throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
    }
    await replacePin(session, data)
    return nothing
  }
  if (command.p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  if (data.length < 2 * pinLength.minimum || data.length > 2 * pinLength.maximum) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  const oldLength = session.state.pin?.length ?? 0
  await presentPin(session, pin => equalInConstantTime(pin, data.subarray(0, oldLength)))
  await replacePin(session, data.subarray(oldLength))
  return nothing
}

/** RESET RETRY COUNTER (ISO/IEC 7816-4 §11.5.10) by the administrator, with a new PIN. There is no PUK (GIDS version 2). */
export async function resetRetryCounter(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  session.requireOperational()
  if (command.p1 === 0x00 || command.p1 === 0x01) {
    throw new CommandRefusal(statusWord.referencedDataNotFound)
  }
  if (command.p1 !== 0x02) throw new CommandRefusal(statusWord.incorrectParameters)
  requirePinReference(command.p2)
  if (!session.status.isAdministrator) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  await replacePin(session, command.data)
  session.endAuthentications()
  return nothing
}

/**
 * GENERAL AUTHENTICATE of the administrator (ISO/IEC 7816-4 §11.5.5, GIDS §10). An empty challenge (81) asks for one of 8
 * bytes, for the single authentication; one of 16 begins the mutual one. The response (82) uses the challenge up.
 */
export async function generalAuthenticate(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  session.requireOperational()
  if ((command.p1 | command.p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  const template = readTemplate(command.data, dynamicAuthentication.template)
  const theirChallenge = findValue(template, dynamicAuthentication.challenge)
  const response = findValue(template, dynamicAuthentication.response)
  if (template.length !== 1) throw new CommandRefusal(statusWord.incorrectData)
  if (!session.isAdminKeySelected) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  if (theirChallenge !== undefined) return giveChallenge(session, theirChallenge)
  if (response !== undefined) return checkResponse(session, response)
  throw new CommandRefusal(statusWord.incorrectData)
}

/** GET CHALLENGE (ISO/IEC 7816-4 §11.5.3): random bytes, as many as are expected. */
export async function getChallenge(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if ((command.p1 | command.p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  const { data, expectedLength } = command
  if (data.length > 0 || expectedLength === 0 || expectedLength > 0x100) {
    throw new CommandRefusal(statusWord.wrongLength)
  }
  return Uint8Array.from(session.randomBytes(expectedLength))
}

function giveChallenge(session: CardSession, theirs: Uint8Array): Uint8Array {
  session.status = { ...session.status, isAdministrator: false }
  if (theirs.length === 0) {
    const ours = Uint8Array.from(session.randomBytes(singleChallengeLength))
    session.challenge = { kind: 'single', ours }
  } else if (theirs.length === mutualChallengeLength) {
    const ours = Uint8Array.from(session.randomBytes(mutualChallengeLength))
    session.challenge = { kind: 'mutual', ours, theirs: Uint8Array.from(theirs) }
  } else {
    session.challenge = undefined
    throw new CommandRefusal(statusWord.incorrectData)
  }
  const { ours } = session.challenge
  return encodeDataObject(
    dynamicAuthentication.template,
    encodeDataObject(dynamicAuthentication.challenge, ours),
  )
}

async function checkResponse(session: CardSession, response: Uint8Array): Promise<Uint8Array> {
  const { challenge } = session
  session.challenge = undefined
  session.status = { ...session.status, isAdministrator: false }
  if (challenge === undefined) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  const responseLength = challenge.kind === 'single' ? singleChallengeLength : mutualCryptogramLength
  if (response.length !== responseLength) throw new CommandRefusal(statusWord.incorrectData)
  const { key } = session.requireKeyFile(adminKeyReference)
  if (key?.kind !== 'symmetric') throw new CommandRefusal(statusWord.referencedDataNotFound)
  if (!(await session.attempt('adminTries', () => isRightResponse(key.value, challenge, response)))) {
    throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  }
  session.status = { ...session.status, isAdministrator: true }
  if (challenge.kind === 'single') return nothing
  const ourProof = mutualCryptogram(key.value, challenge.theirs, challenge.ours, session.randomBytes(7))
  return encodeDataObject(
    dynamicAuthentication.template,
    encodeDataObject(dynamicAuthentication.response, ourProof),
  )
}

function isRightResponse(adminKey: Uint8Array, challenge: PendingChallenge, response: Uint8Array): boolean {
  return challenge.kind === 'single'
    ? equalInConstantTime(authenticationResponse(adminKey, challenge.ours), response)
    : isMutualCryptogram(adminKey, response, challenge.ours, challenge.theirs)
}

async function presentPin(session: CardSession, compare: (pin: Uint8Array) => boolean): Promise<void> {
  const { pin } = session.state
  if (pin === undefined) throw new CommandRefusal(statusWord.referencedDataNotFound)
  session.status = { ...session.status, isPinVerified: false }
  if (!(await session.attempt('pinTries', () => compare(pin)))) {
    throw new CommandRefusal(statusWordOfTriesLeft(session.state.pinTries.left))
  }
  session.status = { ...session.status, isPinVerified: true }
}

async function replacePin(session: CardSession, newPin: Uint8Array): Promise<void> {
  if (!isPinLength(newPin.length)) throw new CommandRefusal(statusWord.incorrectData)
  const { state } = session
  const pinTries = allTries(state.pinTries.limit)
  await session.commit({ ...state, pin: Uint8Array.from(newPin), pinTries })
  state.pin?.fill(0)
}

function requirePinReference(reference: number): void {
  if (reference !== pinReference && reference !== 0x00) {
    throw new CommandRefusal(statusWord.referencedDataNotFound)
  }
}

function isPinLength(length: number): boolean {
  return length >= pinLength.minimum && length <= pinLength.maximum
}
