import { encodeDataObject, readDataObjects, requireValue } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { isEqual } from '../../is-equal.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { applicationIdentifier, dataObject, providerLength } from '../piv-identifiers.ts'
import type { CardSession } from './card-session.ts'
import { cardLimits, type StoredObject } from './card-state.ts'

const nothing = new Uint8Array()
const currentTemplate = 0x3fff
const contentTag = 0x53
/** The PIN of the application alone serves; there is no global one (SP 800-73-4 part 1 §3.3.2). */
const pinUsagePolicy = Uint8Array.of(0x40, 0x00)

/** What only the card's holder may read (SP 800-73-4 part 1 table 2). */
const readWithPin: ReadonlySet<number> = new Set([
  dataObject.fingerprints,
  dataObject.facialImage,
  dataObject.printedInformation,
  dataObject.irisImages,
  dataObject.pairingCode,
])

/**
 * SELECT (SP 800-73-4 part 2 §3.1.1) of the one application there is, by its identifier or as many of its bytes as name
 * the provider at least. What was verified stays so.
 */
export async function select(_session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (command.p1 !== 0x04 || command.p2 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  const { data } = command
  const isOurs =
    data.length >= providerLength && isEqual(data, applicationIdentifier.subarray(0, data.length))
  if (!isOurs) throw new CommandRefusal(statusWord.fileNotFound)
  const provider = applicationIdentifier.subarray(0, providerLength)
  return encodeDataObject(
    0x61,
    encodeDataObject(0x4f, applicationIdentifier.subarray(providerLength)),
    encodeDataObject(0x79, encodeDataObject(0x4f, provider)),
    encodeDataObject(0x50, Buffer.from('Cardinal PIV', 'ascii')),
  )
}

/** GET DATA (SP 800-73-4 part 2 §3.1.2): 5C names the object; it comes in 53, the discovery object in its own tag. */
export async function getData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireCurrentTemplate(command)
  const identifier = readIdentifier(requireValue(readDataObjects(command.data), 0x5c))
  if (identifier === dataObject.discovery) return discoveryObject()
  if (readWithPin.has(identifier) && !session.isPinVerified) {
    throw new CommandRefusal(statusWord.securityStatusNotSatisfied)
  }
  const object = session.state.objects.find(candidate => candidate.identifier === identifier)
  if (object === undefined) throw new CommandRefusal(statusWord.fileNotFound)
  const { value } = object
  // The biometric information templates have a tag of their own (SP 800-73-4 part 2 §3.1.2).
  return identifier === dataObject.biometricTemplates
    ? encodeDataObject(identifier, value)
    : encodeDataObject(contentTag, value)
}

/** PUT DATA (SP 800-73-4 part 2 §3.3.1): 5C names the object and 53 is its new content; an empty one deletes it. */
export async function putData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireCurrentTemplate(command)
  session.requireAdministrator()
  const { identifier, value } = readPutData(command.data)
  const others = session.state.objects.filter(object => object.identifier !== identifier)
  const objects = value.length === 0 ? others : [...others, { identifier, value: Uint8Array.from(value) }]
  const dataBytes = objects.reduce((sum, object) => sum + object.value.length, 0)
  if (objects.length > cardLimits.objects || dataBytes > cardLimits.dataBytes) {
    throw new CommandRefusal(statusWord.notEnoughMemory)
  }
  await session.commit({ ...session.state, objects })
  return nothing
}

function readPutData(data: Uint8Array): StoredObject {
  const objects = readDataObjects(data)
  const [first] = objects
  // The discovery object says what this card does, which nobody can write into it.
  if (first?.tag === dataObject.discovery) throw new CommandRefusal(statusWord.functionNotSupported)
  if (first?.tag === dataObject.biometricTemplates && objects.length === 1) {
    return { identifier: first.tag, value: first.value }
  }
  if (objects.length !== 2) throw new CommandRefusal(statusWord.incorrectData)
  const identifier = readIdentifier(requireValue(objects, 0x5c))
  if (identifier <= 0xffff) throw new CommandRefusal(statusWord.functionNotSupported)
  return { identifier, value: requireValue(objects, contentTag) }
}

function discoveryObject(): Uint8Array {
  return encodeDataObject(
    dataObject.discovery,
    encodeDataObject(0x4f, applicationIdentifier),
    encodeDataObject(0x5f2f, pinUsagePolicy),
  )
}

/** 7E, 7F61, or three bytes that begin with 5F: the standard's own, and those that makers and hosts add. */
function readIdentifier(bytes: Uint8Array): number {
  const identifier = bytes.reduce((value, byte) => value * 0x100 + byte, 0)
  const isKnown =
    (bytes.length === 1 && identifier === dataObject.discovery) ||
    (bytes.length === 2 && identifier === dataObject.biometricTemplates) ||
    (bytes.length === 3 && bytes[0] === 0x5f)
  if (!isKnown) throw new CommandRefusal(statusWord.fileNotFound)
  return identifier
}

function requireCurrentTemplate({ p1, p2 }: CommandApdu): void {
  if (((p1 << 8) | p2) !== currentTemplate) throw new CommandRefusal(statusWord.incorrectParameters)
}
