import { encodeDataObject, readDataObjects } from '../../apdu/ber-tlv.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noSuchKey } from '../../host/key-errors.ts'
import { understood } from '../../host/unexpected-answer.ts'
import { certifiedKey, encodeCertificateObject, readCertificateObject } from '../certificate-object.ts'
import { isRetired, type KeySlot, keySlots } from '../key-slot.ts'
import { dataObject } from '../piv-identifiers.ts'
import { readObject, writeObject } from './data-objects.ts'
import type { PivExtensions } from './piv-extensions.ts'
import type { SlotKeys } from './slot-keys.ts'

/**
 * Writes the certificate of a new key, and moves both to the slot of the key that they renew: programs sign in with what is
 * in 9A, and look for what is in 9D. The former key goes with its certificate into a retired slot, where it opens what was
 * encrypted for it (SP 800-73-4 part 1 §3.3). Done again after it was interrupted, it goes on; at each step every key is on
 * the card. Where the card cannot move keys, or has no retired slot left, the new one stays in its own slot.
 *
 * @param certificate DER
 */
export async function renewKey(
  { exchange, extensions, keys }: { exchange: CardExchange; extensions: PivExtensions; keys: SlotKeys },
  keyId: string,
  certificate: Uint8Array,
  place: KeySlot,
): Promise<void> {
  if (!(await extensions.canMoveKeys())) return await keys.writeCertificate(keyId, certificate)
  const slot = await findSlotOf(keys, certificate)
  await keys.writeCertificate(slot.keyId, certificate)
  if (slot !== place) {
    const isFree = (await keys.readPublicKey(place)) === undefined || (await retire(exchange, keys, place))
    if (!isFree || !(await keys.move(slot, place))) return
    await keys.writeCertificate(place.keyId, certificate)
  }
  await removeCopies(exchange, keys, certificate)
  await updateKeyHistory(exchange, keys)
}

/** An interrupted run may have moved the key already. */
async function findSlotOf(keys: SlotKeys, certificate: Uint8Array): Promise<KeySlot> {
  const wanted = certifiedKey(certificate)
  if (wanted === undefined) {
    throw new CardError('invalid-certificate', 'The bytes are no X.509 certificate. Give its DER encoding.')
  }
  for (const slot of keySlots) {
    if ((await keys.readPublicKey(slot))?.equals(wanted) === true) return slot
  }
  throw noSuchKey()
}

/** The certificate first: without one, programs do not find the key. */
async function retire(exchange: CardExchange, keys: SlotKeys, place: KeySlot): Promise<boolean> {
  const certificate = await readCertificate(exchange, place)
  const retired = await findRetiredSlot(exchange, keys, certificate)
  if (retired === undefined) return false
  if (certificate !== undefined) {
    await writeObject(exchange, retired.certificateObject, encodeCertificateObject(certificate))
  }
  return await keys.move(place, retired)
}

/** Free, or begun to be filled with this certificate by an interrupted run. */
async function findRetiredSlot(
  exchange: CardExchange,
  keys: SlotKeys,
  certificate: Uint8Array | undefined,
): Promise<KeySlot | undefined> {
  for (const slot of keySlots.filter(isRetired)) {
    if ((await keys.readPublicKey(slot)) !== undefined) continue
    if ((await readObject(exchange, slot.certificateObject)) === undefined) return slot
    if (certificate !== undefined && isSame(await readCertificate(exchange, slot), certificate)) return slot
  }
  return undefined
}

async function removeCopies(exchange: CardExchange, keys: SlotKeys, certificate: Uint8Array): Promise<void> {
  for (const slot of keySlots) {
    if ((await keys.readPublicKey(slot)) !== undefined) continue
    if (!isSame(await readCertificate(exchange, slot), certificate)) continue
    await writeObject(exchange, slot.certificateObject, new Uint8Array())
  }
}

/**
 * Tells programs how many retired slots to look into (SP 800-73-4 part 1 §3.3.3): OpenSC looks into no others. What it says of
 * certificates elsewhere stays.
 */
async function updateKeyHistory(exchange: CardExchange, keys: SlotKeys): Promise<void> {
  let count = 0
  for (const [index, slot] of keySlots.filter(isRetired).entries()) {
    if ((await keys.readPublicKey(slot)) !== undefined) count = index + 1
  }
  const before = await readObject(exchange, dataObject.keyHistory)
  const objects = before === undefined ? newHistory : await understood(() => readDataObjects(before))
  const content = Buffer.concat(
    objects.map(({ tag, value }) =>
      encodeDataObject(tag, tag === keysWithCertificatesTag ? Uint8Array.of(count) : value),
    ),
  )
  if (!isSame(before, content)) await writeObject(exchange, dataObject.keyHistory, content)
}

const keysWithCertificatesTag = 0xc1
/** With certificates on the card, with certificates elsewhere, error detection code. */
const newHistory = [
  { tag: keysWithCertificatesTag, value: Uint8Array.of(0) },
  { tag: 0xc2, value: Uint8Array.of(0) },
  { tag: 0xfe, value: new Uint8Array() },
]

/** Nothing where there is none, or a damaged one. */
async function readCertificate(exchange: CardExchange, slot: KeySlot): Promise<Uint8Array | undefined> {
  const content = await readObject(exchange, slot.certificateObject)
  if (content === undefined) return undefined
  return await readCertificateObject(content).catch((error: unknown) => {
    if (error instanceof CardError && error.code === 'unexpected-answer') return undefined
    throw error
  })
}

function isSame(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0
}
