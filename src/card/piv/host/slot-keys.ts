import { type KeyObject, verify } from 'node:crypto'
import { encodeDataObject, readTemplate, requireValue } from '../../apdu/ber-tlv.ts'
import { dynamicAuthentication } from '../../apdu/dynamic-authentication.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noSuchCertificate, noSuchKey } from '../../host/key-errors.ts'
import { statusWordError } from '../../host/status-word-error.ts'
import { understood, unexpectedAnswer } from '../../host/unexpected-answer.ts'
import { requireHash } from '../../key-pairs/digest-info.ts'
import { findKeyType } from '../../key-pairs/key-type.ts'
import { readPublicKeyTemplate } from '../../key-pairs/public-key-template.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm } from '../../smart-card.ts'
import { certifiedKey, encodeCertificateObject, readCertificateObject } from '../certificate-object.ts'
import { keyAlgorithms } from '../key-algorithm.ts'
import { type KeySlot, keySlots } from '../key-slot.ts'
import { extension, instruction } from '../piv-identifiers.ts'
import { readObject, writeObject } from './data-objects.ts'
import { describeKey, keyIn, keyOfCertificate } from './described-key.ts'
import { attestKey } from './key-attestation.ts'
import { removePrivateKey, sendGeneration } from './key-generation.ts'
import type { PivExtensions } from './piv-extensions.ts'
import { signatureInput } from './signature-input.ts'
import { type PublicKey, readSlotMetadata, type SlotMetadata } from './slot-metadata.ts'

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
      const told = await this.#readMetadata(slot)
      if (told === 'absent') continue
      const certificate = await this.#readCertificate(slot).catch(orNothingIfDamaged)
      const key = keyIn(told) ?? this.#known.get(slot.keyId) ?? keyOfCertificate(certificate)
      if (key !== undefined) keys.push(describeKey(slot, key, certificate))
    }
    return keys
  }

  /**
   * In a slot by its name, in the place of any earlier key, or in the first one that is free.
   *
   * @param kept given, a slot whose key has no certificate is free, but for these
   */
  async generate(
    wanted: KeyPairAlgorithm,
    keyId: string | undefined,
    kept: readonly string[] | undefined,
  ): Promise<CardKey> {
    const algorithm = findKeyType(keyAlgorithms, wanted)
    if (algorithm === undefined) throw unsupportedAlgorithm()
    const slot = keyId === undefined ? await this.#findFreeSlot(kept) : requireSlot(keyId)
    this.#known.delete(slot.keyId)
    this.#empty.delete(slot.keyId)
    const { data, statusWord: word } = await sendGeneration(this.#exchange, slot, algorithm)
    if (unsupportedAlgorithmAnswers.has(word)) throw unsupportedAlgorithm()
    if (word !== statusWord.success) throw statusWordError(word, 'make a key pair')
    const publicKey = await understood(() => readPublicKeyTemplate(data, algorithm))
    this.#known.set(slot.keyId, { algorithm, publicKey })
    return describeKey(slot, { algorithm, publicKey }, undefined)
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
    const told = await this.#readMetadata(slot)
    if (told === 'absent') return undefined
    return (keyIn(told) ?? (await this.#readKey(slot, await this.#readCertificate(slot))))?.publicKey
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
    const certified = certifiedKey(certificate)
    if (certified === undefined) {
      throw new CardError('invalid-certificate', 'The bytes are no X.509 certificate. Give its DER encoding.')
    }
    const told = this.#known.get(keyId) ?? (await this.#readMetadata(slot))
    if (told === 'absent') throw noSuchKey()
    const key = keyIn(told)
    if (key !== undefined && !key.publicKey.equals(certified)) {
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
    const attested = certifiedKey(attestation)
    if (attested === undefined || (told !== undefined && !told.publicKey.equals(attested))) {
      throw unexpectedAnswer('The card gave an attestation that is not of the key in this slot.')
    }
    return attestation
  }

  async delete(keyId: string): Promise<void> {
    const outcome = await this.#clear(requireSlot(keyId))
    if (outcome === 'empty') throw noSuchKey()
    if (outcome === 'kept') throw keptKey(keyId)
  }

  /** The ids of the keys that the card neither deletes nor replaces, whose private part stays: none as a rule. */
  async erase(): Promise<string[]> {
    const kept: string[] = []
    for (const slot of keySlots) {
      if ((await this.#clear(slot)) === 'kept') kept.push(slot.keyId)
    }
    return kept
  }

  forget(): void {
    this.#known.clear()
    this.#empty.clear()
  }

  async #clear(slot: KeySlot): Promise<'empty' | 'cleared' | 'kept'> {
    const content = await readObject(this.#exchange, slot.certificateObject)
    const told = await this.#readMetadata(slot)
    const certificate = content && (await readCertificateObject(content).catch(orNothingIfDamaged))
    const key = keyIn(told) ?? this.#known.get(slot.keyId) ?? keyOfCertificate(certificate)
    const hasKey = told !== 'absent' && (told ?? key ?? content) !== undefined
    if (!hasKey && content === undefined) return 'empty'
    let isGone = true
    const removeKey = async () => {
      if (!hasKey) return
      isGone = await removePrivateKey(this.#exchange, this.#extensions, slot, key)
      this.#known.delete(slot.keyId)
    }
    const removeCertificate = async () => {
      if (content !== undefined) await writeObject(this.#exchange, slot.certificateObject, new Uint8Array())
    }
    // Whoever does again what was interrupted must find what is left: by metadata, or where there are none, by the certificate.
    const steps = told === undefined ? [removeKey, removeCertificate] : [removeCertificate, removeKey]
    for (const step of steps) await step()
    return isGone ? 'cleared' : 'kept'
  }

  async #findFreeSlot(kept: readonly string[] | undefined): Promise<KeySlot> {
    for (const slot of keySlots) {
      if (slotsOnlyByName.has(slot.keyId) || kept?.includes(slot.keyId)) continue
      if ((await readObject(this.#exchange, slot.certificateObject)) !== undefined) continue
      const told = await this.#readMetadata(slot)
      // Nobody is asked about a key of an algorithm that is not known here, so none is taken for free.
      if (told === 'unknown key') continue
      const hasKey = told !== 'absent' && (told ?? this.#known.get(slot.keyId)) !== undefined
      if (!hasKey || kept !== undefined) return slot
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
    const told = await this.#readMetadata(slot)
    if (told === 'absent') return undefined
    return keyIn(told) ?? this.#known.get(slot.keyId) ?? keyOfCertificate(certificate)
  }

  async #readMetadata(slot: KeySlot): Promise<SlotMetadata> {
    if (this.#empty.has(slot.keyId)) return 'absent'
    const told = await readSlotMetadata(this.#extensions, slot)
    if (told === 'absent') this.#empty.add(slot.keyId)
    return told
  }

  async #readCertificate(slot: KeySlot): Promise<Uint8Array | undefined> {
    const content = await readObject(this.#exchange, slot.certificateObject)
    return content === undefined ? undefined : await readCertificateObject(content)
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

function keptKey(keyId: string): CardError {
  return new CardError(
    'command-not-supported',
    `The card neither deletes the private key in its slot ${keyId.toUpperCase()} nor makes another one there: it stays. ` +
      'Destroy the card where nobody may use that key any more.',
  )
}

function unsupportedAlgorithm(): CardError {
  return new CardError(
    'unsupported-algorithm',
    'The card cannot make such a key. Use RSA of 2048 bits, or P-256 or P-384.',
  )
}
