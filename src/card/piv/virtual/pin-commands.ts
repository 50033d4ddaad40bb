import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord, statusWordOfTriesLeft } from '../../apdu/status-word.ts'
import { equalInConstantTime } from '../../secrets/admin-key.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { allTries } from '../../virtual/try-counter.ts'
import { attestationSlot } from '../key-slot.ts'
import { isEncodedPin } from '../pin-encoding.ts'
import { pinLength, reference } from '../piv-identifiers.ts'
import type { CardSession } from './card-session.ts'
import { blankPivCardState, factoryManagementKeyOf, factoryPin, factoryPuk } from './new-piv-card.ts'

const nothing = new Uint8Array()

/**
 * VERIFY (SP 800-73-4 part 2 §3.2.1). Without data it asks whether the PIN is needed, and how many tries are left; with P1 =
 * FF it ends what was verified.
 */
export async function verify(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const { p1, p2, data } = command
  if (p2 !== reference.pin) throw new CommandRefusal(statusWord.referencedDataNotFound)
  if (p1 === 0xff) {
    if (data.length > 0) throw new CommandRefusal(statusWord.incorrectData)
    session.endPin()
    return nothing
  }
  if (p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  if (data.length === 0) {
    if (session.isPinVerified) return nothing
    const { left } = session.state.pin.tries
    throw new CommandRefusal(
      left === 0 ? statusWord.authenticationMethodBlocked : statusWordOfTriesLeft(left),
    )
  }
  if (data.length !== pinLength.maximum) throw new CommandRefusal(statusWord.incorrectData)
  await session.present('pin', pin => equalInConstantTime(pin, data))
  session.isPinVerified = true
  session.isPinFresh = true
  return nothing
}

/** CHANGE REFERENCE DATA (SP 800-73-4 part 2 §3.2.2): the old PIN or PUK, and the new one behind it. */
export async function changeReferenceData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (command.p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  const name = nameOf(command.p2)
  const { current, next } = partedPins(command.data)
  await session.present(name, value => equalInConstantTime(value, current))
  await replacePin(session, name, next)
  if (name === 'pin') {
    session.isPinVerified = true
    session.isPinFresh = true
  }
  return nothing
}

/** RESET RETRY COUNTER (SP 800-73-4 part 2 §3.2.3): the PUK, and the new PIN behind it. */
export async function resetRetryCounter(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (command.p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  if (command.p2 !== reference.pin) throw new CommandRefusal(statusWord.referencedDataNotFound)
  const { current, next } = partedPins(command.data)
  await session.present('puk', value => equalInConstantTime(value, current))
  await replacePin(session, 'pin', next)
  session.endPin()
  return nothing
}

/** SET PIN RETRIES (Yubico): P1 tries for the PIN, P2 for the PUK, both of which fall back to what the maker gave. */
export async function setPinRetries(session: CardSession, { p1, p2 }: CommandApdu): Promise<Uint8Array> {
  session.requireAdministrator()
  if (!session.isPinVerified) throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  if (p1 === 0 || p2 === 0) throw new CommandRefusal(statusWord.incorrectParameters)
  const { serialNumber } = session.state
  const fresh = blankPivCardState({
    serialNumber,
    pin: factoryPin,
    puk: factoryPuk,
    pinTries: p1,
    pukTries: p2,
  })
  await session.commit({ ...session.state, pin: fresh.pin, puk: fresh.puk })
  session.endPin()
  return nothing
}

/**
 * RESET (Yubico): the card as its maker delivered it, once PIN and PUK are both blocked. What is in the slot of the
 * attestation key stays, whoever has put it there.
 */
export async function reset(session: CardSession, { p1, p2 }: CommandApdu): Promise<Uint8Array> {
  if ((p1 | p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  const { pin, puk, serialNumber, factoryKeyType, keys, objects } = session.state
  if (pin.tries.left > 0 || puk.tries.left > 0) {
    throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  }
  await session.commit({
    ...blankPivCardState({ serialNumber, managementKey: factoryManagementKeyOf(factoryKeyType) }),
    keys: keys.filter(({ reference }) => reference === attestationSlot.reference),
    objects: objects.filter(({ identifier }) => identifier === attestationSlot.certificateObject),
  })
  session.reset()
  return nothing
}

function nameOf(keyReference: number): 'pin' | 'puk' {
  if (keyReference === reference.pin) return 'pin'
  if (keyReference === reference.puk) return 'puk'
  throw new CommandRefusal(statusWord.referencedDataNotFound)
}

function partedPins(data: Uint8Array): { current: Uint8Array; next: Uint8Array } {
  if (data.length !== 2 * pinLength.maximum) throw new CommandRefusal(statusWord.incorrectData)
  return { current: data.subarray(0, pinLength.maximum), next: data.subarray(pinLength.maximum) }
}

/** Refuses what the card cannot hold only after the other one was right, as a YubiKey does: hosts block a PUK that way. */
async function replacePin(session: CardSession, name: 'pin' | 'puk', next: Uint8Array): Promise<void> {
  if (!isEncodedPin(next)) throw new CommandRefusal(statusWord.incorrectData)
  const { state } = session
  const { value: previous, tries } = state[name]
  await session.commit({
    ...state,
    [name]: { value: Uint8Array.from(next), tries: allTries(tries.limit) },
  })
  previous.fill(0)
}
