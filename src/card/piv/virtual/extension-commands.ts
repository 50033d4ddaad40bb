import { createPublicKey } from 'node:crypto'
import { encodeDataObject, readDataObject } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { isEqual } from '../../is-equal.ts'
import { encodePublicKeyNumbers } from '../../key-pairs/public-key-template.ts'
import { bigEndian32 } from '../../secrets/key-derivation.ts'
import { managementKeyCiphers, managementKeyTypeOf } from '../../secrets/management-key.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { encodePin } from '../pin-encoding.ts'
import { keyOrigin, metadata, noAlgorithm, reference } from '../piv-identifiers.ts'
import type { CardSession } from './card-session.ts'
import type { ReferenceData } from './card-state.ts'
import { firmwareVersion, neverTouched, numberOfPinPolicy } from './key-policies.ts'
import { factoryManagementKey, factoryPin, factoryPuk } from './new-piv-card.ts'

const nothing = new Uint8Array()

/** GET VERSION (Yubico). */
export async function getVersion(_session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireNoParameters(command)
  return Uint8Array.from(firmwareVersion)
}

/** GET SERIAL (Yubico): four bytes. */
export async function getSerial(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireNoParameters(command)
  return bigEndian32(session.state.serialNumber)
}

/** GET METADATA (Yubico) of PIN, PUK, management key or a slot's key; anybody may read it. */
export async function getMetadata(session: CardSession, { p1, p2 }: CommandApdu): Promise<Uint8Array> {
  if (p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  const { pin, puk, managementKey, factoryKeyType } = session.state
  if (p2 === reference.pin) return referenceMetadata(pin, factoryPin)
  if (p2 === reference.puk) return referenceMetadata(puk, factoryPuk)
  if (p2 === reference.managementKey) {
    const isDefault =
      managementKey.type === factoryKeyType && isEqual(managementKey.value, factoryManagementKey.value)
    return concat(
      encodeDataObject(
        metadata.algorithm,
        Uint8Array.of(managementKeyCiphers[managementKey.type].identifier),
      ),
      encodeDataObject(metadata.policy, Uint8Array.of(0, neverTouched)),
      encodeDataObject(metadata.isDefault, Uint8Array.of(isDefault ? 1 : 0)),
    )
  }
  const key = session.requireKey(p2, statusWord.referencedDataNotFound)
  return concat(
    encodeDataObject(metadata.algorithm, Uint8Array.of(key.algorithm.identifier)),
    encodeDataObject(metadata.policy, Uint8Array.of(numberOfPinPolicy(key.pinPolicy), neverTouched)),
    encodeDataObject(metadata.origin, Uint8Array.of(keyOrigin[key.origin])),
    encodeDataObject(metadata.publicKey, encodePublicKeyNumbers(createPublicKey(key.privateKey))),
  )
}

/** SET MANAGEMENT KEY (Yubico): the algorithm, and the key in 9B. FE as P2 would want a touch, and there is none. */
export async function setManagementKey(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  if (command.p1 !== 0xff || command.p2 < 0xfe) throw new CommandRefusal(statusWord.incorrectParameters)
  if (command.p2 === 0xfe) throw new CommandRefusal(statusWord.functionNotSupported)
  session.requireAdministrator()
  const type = managementKeyTypeOf(command.data[0] ?? noAlgorithm)
  const { tag, value } = readDataObject(command.data.subarray(1))
  if (
    type === undefined ||
    tag !== reference.managementKey ||
    value.length !== managementKeyCiphers[type].keyLength
  ) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  const previous = session.state.managementKey.value
  await session.commit({ ...session.state, managementKey: { type, value: Uint8Array.from(value) } })
  previous.fill(0)
  return nothing
}

function referenceMetadata({ value, tries }: ReferenceData, factoryValue: string): Uint8Array {
  const isDefault = isEqual(value, encodePin(factoryValue) ?? nothing)
  return concat(
    encodeDataObject(metadata.algorithm, Uint8Array.of(noAlgorithm)),
    encodeDataObject(metadata.isDefault, Uint8Array.of(isDefault ? 1 : 0)),
    encodeDataObject(metadata.tries, Uint8Array.of(tries.limit, tries.left)),
  )
}

function requireNoParameters({ p1, p2 }: CommandApdu): void {
  if ((p1 | p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
