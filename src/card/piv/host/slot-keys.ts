import { type KeyObject, verify } from 'node:crypto'
import { encodeDataObject, readDataObjects, readTemplate, requireValue } from '../../apdu/ber-tlv.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noSuchCertificate, noSuchKey } from '../../host/key-errors.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { requireHash } from '../../key-pairs/digest-info.ts'
import { findKeyType, findTypeOfKey, keyPairAlgorithm } from '../../key-pairs/key-type.ts'
import { readPublicKeyNumbers, readPublicKeyTemplate } from '../../key-pairs/public-key-template.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm } from '../../smart-card.ts'
import { encodeCertificateObject, parseCertificate, readCertificateObject } from '../certificate-object.ts'
import { findKeyAlgorithm, type KeyAlgorithm, keyAlgorithms } from '../key-algorithm.ts'
import { type KeySlot, keySlots } from '../key-slot.ts'
import { extension, instruction, metadata } from '../piv-identifiers.ts'
import { readObject, writeObject } from './data-objects.ts'
import { attestKey } from './key-attestation.ts'
import type { PivExtensions } from './piv-extensions.ts'
import { signatureInput } from './signature-input.ts'

interface PublicKey {
  readonly algorithm: KeyAlgorithm
  readonly publicKey: KeyObject
}

const nowhere = 0xff
/** Digital signature wants the PIN before each use, card authentication never: those are for who asks for them. */
const slotsOnlyByName: ReadonlySet<string> = new Set(['9c', '9e'])
const unsupportedAlgorithmAnswers: ReadonlySet<number> = new Set([
  statusWord.incorrectData,
  statusWord.functionNotSupported,
  statusWord.incorrectParameters,
])

/** The keys of a card by their slots, and their certificates. */
export class SlotKeys {
  readonly #exchange: CardExchange
  readonly #extensions: PivExtensions
  /** What this connection has learned; without metadata a key that has no certificate yet is known here alone. */
  readonly #known = new Map<string, PublicKey>()
  /** Slots that the card said are empty: nobody else fills them while it is connected. */
  readonly #empty = new Set<string>()

  constructor(exchange: CardExchange, extensions: PivExtensions) {
    this.#exchange = exchange
    this.#extensions = extensions
  }

  async list(): Promise<CardKey[]> {
    const keys: CardKey[] = []
    for (const slot of keySlots) {
      const told = await this.#readKeyFromMetadata(slot)
      if (told === 'absent') continue
      const certificate = await this.#readCertificate(slot).catch(orNothingIfDamaged)
      const key = told ?? this.#known.get(slot.keyId) ?? keyOfCertificate(certificate)
      if (key !== undefined) keys.push(describe(slot, key, certificate))
    }
    return keys
  }

  /** In a slot by its name, in the place of any earlier key, or in the first one that is free. */
  async generate(wanted: KeyPairAlgorithm, keyId: string | undefined): Promise<CardKey> {
    const algorithm = findKeyType(keyAlgorithms, wanted)
    if (algorithm === undefined) throw unsupportedAlgorithm()
    const slot = keyId === undefined ? await this.#findFreeSlot() : requireSlot(keyId)
    this.#known.delete(slot.keyId)
    this.#empty.delete(slot.keyId)
    const { data, statusWord: word } = await this.#exchange.send({
      ins: instruction.generateAsymmetricKeyPair,
      p1: 0x00,
      p2: slot.reference,
      data: encodeDataObject(0xac, encodeDataObject(0x80, Uint8Array.of(algorithm.identifier))),
      expectsData: true,
    })
    if (unsupportedAlgorithmAnswers.has(word)) throw unsupportedAlgorithm()
    if (word !== statusWord.success) throw statusWordError(word, 'make a key pair')
    const publicKey = await understood(() => readPublicKeyTemplate(data, algorithm))
    this.#known.set(slot.keyId, { algorithm, publicKey })
    return describe(slot, { algorithm, publicKey }, undefined)
  }

  async sign(keyId: string, hashAlgorithm: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    const slot = requireSlot(keyId)
    const hash = requireHash(hashAlgorithm)
    const { algorithm, publicKey } = await this.#requireKey(slot)
    const answer = await this.#exchange.perform(`sign with its key ${keyId.toUpperCase()}`, {
      ins: instruction.generalAuthenticate,
      p1: algorithm.identifier,
      p2: slot.reference,
      data: encodeDataObject(
        dynamicAuthentication.template,
        encodeDataObject(dynamicAuthentication.response),
        encodeDataObject(dynamicAuthentication.challenge, signatureInput(algorithm, hash, data)),
      ),
      expectsData: true,
    })
    const signature = await understood(() =>
      Uint8Array.from(
        requireValue(readTemplate(answer, dynamicAuthentication.template), dynamicAuthentication.response),
      ),
    )
    if (!verify(hash.name, data, { key: publicKey, dsaEncoding: 'der' }, signature)) {
      this.#known.delete(slot.keyId)
      throw unexpectedAnswer('The card gave a signature that its public key does not verify.')
    }
    return signature
  }

  /** Nothing where the slot is empty, or the card does not tell and has no certificate of its key. */
  async readPublicKey(slot: KeySlot): Promise<KeyObject | undefined> {
    const told = await this.#readKeyFromMetadata(slot)
    if (told === 'absent') return undefined
    return (told ?? (await this.#readKey(slot, await this.#readCertificate(slot))))?.publicKey
  }

  /** MOVE KEY (Yubico) into an empty slot; its certificate stays behind. False where the card does not do it. */
  async move(from: KeySlot, to: KeySlot): Promise<boolean> {
    const command = { ins: extension.moveKey, p1: to.reference, p2: from.reference }
    if ((await this.#exchange.send(command)).statusWord !== statusWord.success) return false
    const known = this.#known.get(from.keyId)
    if (known !== undefined) this.#known.set(to.keyId, known)
    this.#known.delete(from.keyId)
    this.#empty.delete(to.keyId)
    this.#empty.add(from.keyId)
    return true
  }

  async writeCertificate(keyId: string, certificate: Uint8Array): Promise<void> {
    const slot = requireSlot(keyId)
    const parsed = parseCertificate(certificate)
    if (parsed === undefined) {
      throw new CardError('invalid-certificate', 'The bytes are no X.509 certificate. Give its DER encoding.')
    }
    const key = this.#known.get(keyId) ?? (await this.#readKeyFromMetadata(slot))
    if (key === 'absent') throw noSuchKey()
    if (key !== undefined && !key.publicKey.equals(parsed.publicKey)) {
      throw new CardError(
        'invalid-certificate',
        'The certificate is of another key than the one on the card. Request one for this key.',
      )
    }
    await writeObject(this.#exchange, slot.certificateObject, encodeCertificateObject(certificate))
  }

  async readCertificate(keyId: string): Promise<Uint8Array> {
    const slot = requireSlot(keyId)
    const certificate = await this.#readCertificate(slot)
    if (certificate !== undefined) return certificate
    if ((await this.#readKey(slot, undefined)) === undefined) throw noSuchKey()
    throw noSuchCertificate()
  }

  /** A certificate of the key by the card's attestation key, in DER. */
  async attest(keyId: string): Promise<Uint8Array> {
    const slot = requireSlot(keyId)
    const attestation = await attestKey(this.#exchange, this.#extensions, slot)
    const told = await this.#readKey(slot, undefined)
    const attested = parseCertificate(attestation)?.publicKey
    if (attested === undefined || (told !== undefined && !told.publicKey.equals(attested))) {
      throw unexpectedAnswer('The card gave an attestation that is not of the key in this slot.')
    }
    return attestation
  }

  async delete(keyId: string): Promise<void> {
    const slot = requireSlot(keyId)
    const content = await readObject(this.#exchange, slot.certificateObject)
    const certificate = content && (await readCertificateObject(content).catch(orNothingIfDamaged))
    if (content === undefined && (await this.#readKey(slot, certificate)) === undefined) throw noSuchKey()
    // Even where there is none: a card refuses this to all but its administrator.
    await writeObject(this.#exchange, slot.certificateObject, new Uint8Array())
    this.#known.delete(keyId)
    if (await this.#extensions.arePresent()) {
      // Cards without this command keep the private key, unusable for programs that look for certificates.
      await this.#exchange.send({ ins: extension.moveKey, p1: nowhere, p2: slot.reference })
    }
  }

  async erase(): Promise<void> {
    for (const { keyId } of keySlots) {
      try {
        await this.delete(keyId)
      } catch (error) {
        if (!(error instanceof CardError && error.code === 'no-such-key')) throw error
      }
    }
  }

  forget(): void {
    this.#known.clear()
    this.#empty.clear()
  }

  async #findFreeSlot(): Promise<KeySlot> {
    for (const slot of keySlots) {
      if (slotsOnlyByName.has(slot.keyId)) continue
      const content = await readObject(this.#exchange, slot.certificateObject)
      if (content === undefined && (await this.#readKey(slot, undefined)) === undefined) return slot
    }
    throw new CardError(
      'card-full',
      'All slots of the card hold a key or a certificate. Delete one that is no longer needed.',
    )
  }

  async #requireKey(slot: KeySlot): Promise<PublicKey> {
    const known = this.#known.get(slot.keyId)
    if (known !== undefined) return known
    const key = await this.#readKey(slot, await this.#readCertificate(slot))
    if (key === undefined) throw noSuchKey()
    this.#known.set(slot.keyId, key)
    return key
  }

  async #readKey(slot: KeySlot, certificate: Uint8Array | undefined): Promise<PublicKey | undefined> {
    const told = await this.#readKeyFromMetadata(slot)
    if (told !== undefined) return told === 'absent' ? undefined : told
    return this.#known.get(slot.keyId) ?? keyOfCertificate(certificate)
  }

  /** Nothing where the card does not tell, or has a key of a kind that is not known here. */
  async #readKeyFromMetadata(slot: KeySlot): Promise<PublicKey | 'absent' | undefined> {
    if (this.#empty.has(slot.keyId)) return 'absent'
    const objects = await this.#extensions.readMetadata(slot.reference)
    if (objects === 'absent') this.#empty.add(slot.keyId)
    if (objects === undefined || objects === 'absent') return objects
    const algorithm = findKeyAlgorithm(await this.#extensions.readAlgorithm(objects))
    if (algorithm === undefined) return undefined
    const publicKey = await understood(() =>
      readPublicKeyNumbers(readDataObjects(requireValue(objects, metadata.publicKey)), algorithm),
    )
    return { algorithm, publicKey }
  }

  async #readCertificate(slot: KeySlot): Promise<Uint8Array | undefined> {
    const content = await readObject(this.#exchange, slot.certificateObject)
    return content === undefined ? undefined : await readCertificateObject(content)
  }
}

function keyOfCertificate(certificate: Uint8Array | undefined): PublicKey | undefined {
  const publicKey = certificate && parseCertificate(certificate)?.publicKey
  const algorithm = publicKey && findTypeOfKey(keyAlgorithms, publicKey)
  return algorithm && { algorithm, publicKey }
}

/** A certificate of an earlier key does not count as this one's. */
function describe(
  { keyId }: KeySlot,
  { algorithm, publicKey }: PublicKey,
  certificate: Uint8Array | undefined,
): CardKey {
  const certified = certificate && parseCertificate(certificate)?.publicKey
  return {
    keyId,
    algorithm: keyPairAlgorithm(algorithm),
    publicKey: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })),
    hasCertificate: certified !== undefined && publicKey.equals(certified),
  }
}

export function requireSlot(keyId: string): KeySlot {
  const slot = keySlots.find(candidate => candidate.keyId === keyId)
  if (slot === undefined) throw noSuchKey()
  return slot
}

function orNothingIfDamaged(error: unknown): undefined {
  if (error instanceof CardError && error.code === 'unexpected-answer') return undefined
  throw error
}

function unsupportedAlgorithm(): CardError {
  return new CardError(
    'unsupported-algorithm',
    'The card cannot make such a key. Use RSA of 2048 bits, or P-256 or P-384.',
  )
}
