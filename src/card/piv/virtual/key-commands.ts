import { createPublicKey } from 'node:crypto'
import { type DataObject, findValue, readDataObjects, readTemplate, requireByte } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { encodePublicKeyTemplate } from '../../key-pairs/public-key-template.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { newPrivateKey } from '../../virtual/new-private-key.ts'
import { findKeyAlgorithm, type KeyAlgorithm } from '../key-algorithm.ts'
import { attestationSlot, findKeySlot, type KeySlot, type PinPolicy } from '../key-slot.ts'
import type { CardSession } from './card-session.ts'
import type { SlotKey } from './card-state.ts'
import { importPrivateKey } from './import-private-key.ts'
import { findPinPolicy } from './key-policies.ts'

const nothing = new Uint8Array()
const noSlot = 0xff

/** GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2 §3.3.2), in the place of any earlier key; the public key. */
export async function generateAsymmetricKeyPair(
  session: CardSession,
  command: CommandApdu,
): Promise<Uint8Array> {
  if (command.p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  requireFillableSlot(command.p2)
  session.requireAdministrator()
  const control = readTemplate(command.data, 0xac)
  const algorithm = requireAlgorithm(requireByte(control, 0x80))
  const pinPolicy = readPolicies(control, command.p2)
  const privateKey = await newPrivateKey(algorithm)
  await putKey(session, { reference: command.p2, algorithm, privateKey, pinPolicy, origin: 'generated' })
  return encodePublicKeyTemplate(createPublicKey(privateKey))
}

/** IMPORT ASYMMETRIC KEY (Yubico): P1 the algorithm, P2 the slot, the private key's numbers in 01 to 05, or 06. */
export async function importAsymmetricKey(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireFillableSlot(command.p2)
  session.requireAdministrator()
  const algorithm = requireAlgorithm(command.p1)
  const numbers = readDataObjects(command.data)
  const pinPolicy = readPolicies(numbers, command.p2)
  const privateKey = importPrivateKey(numbers, algorithm)
  await putKey(session, { reference: command.p2, algorithm, privateKey, pinPolicy, origin: 'imported' })
  return nothing
}

/** MOVE KEY (Yubico): from the slot P2 into the slot P1, or nowhere where that is FF. */
export async function moveKey(session: CardSession, { p1, p2 }: CommandApdu): Promise<Uint8Array> {
  requireSlot(p2)
  if (p1 !== noSlot) requireSlot(p1)
  session.requireAdministrator()
  const key = session.requireKey(p2, statusWord.referencedDataNotFound)
  // The destination must be empty (Yubico, "MoveKeyCommand").
  if (session.state.keys.some(({ reference }) => reference === p1)) {
    throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  }
  const others = session.state.keys.filter(({ reference }) => reference !== p2)
  const keys = p1 === noSlot ? others : [...others, { ...key, reference: p1 }]
  await session.commit({ ...session.state, keys })
  return nothing
}

async function putKey(session: CardSession, key: SlotKey): Promise<void> {
  const others = session.state.keys.filter(({ reference }) => reference !== key.reference)
  await session.commit({ ...session.state, keys: [...others, key] })
}

/** The PIN policy (AA); a touch policy (AB) can only be 'never', as there is nothing to touch. */
function readPolicies(objects: readonly DataObject[], slot: number): PinPolicy {
  const touch = findValue(objects, 0xab)
  if (touch !== undefined && requireByte(objects, 0xab) > 1) {
    throw new CommandRefusal(statusWord.functionNotSupported)
  }
  const { pinPolicy: usual } = requireFillableSlot(slot)
  const number = findValue(objects, 0xaa) === undefined ? 0 : requireByte(objects, 0xaa)
  const pinPolicy = number === 0 ? usual : findPinPolicy(number)
  if (pinPolicy === undefined) throw new CommandRefusal(statusWord.incorrectData)
  return pinPolicy
}

function requireSlot(reference: number): KeySlot {
  const slot = findKeySlot(reference)
  if (slot === undefined) throw new CommandRefusal(statusWord.incorrectParameters)
  return slot
}

/** The attestation key is replaced like any other; it is neither moved nor deleted, as on a YubiKey. */
function requireFillableSlot(reference: number): KeySlot {
  return reference === attestationSlot.reference ? attestationSlot : requireSlot(reference)
}

function requireAlgorithm(identifier: number): KeyAlgorithm {
  const algorithm = findKeyAlgorithm(identifier)
  if (algorithm === undefined) throw new CommandRefusal(statusWord.incorrectData)
  return algorithm
}
