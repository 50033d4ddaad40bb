import { CardError } from '../../card-error.ts'
import type { CardExchange } from '../../host/card-exchange.ts'
import { noSuchCertificate, noSuchKey } from '../../host/key-errors.ts'
import { understood } from '../../host/unexpected-answer.ts'
import { keyPairAlgorithm } from '../../key-pairs/key-type.ts'
import type { CardKey, HashAlgorithm, KeyPairAlgorithm } from '../../smart-card.ts'
import { firstContainerKeyReference, firstKeyFile, minidriverFile } from '../gids-identifiers.ts'
import type { KeyMechanism } from '../key-mechanism.ts'
import {
  type ContainerMapEntry,
  encodeKeyMap,
  type KeyMapEntry,
  readContainerMap,
  readKeyMap,
  unusedKey,
  withContainer,
  withKey,
} from '../minidriver-files.ts'
import { signOnCard } from './card-signature.ts'
import { encodeCertificateFile, readCertificateFile } from './certificate-file.ts'
import { deleteKeyFile, generateKeyPair, mechanismOf, type PublicKey, readPublicKey } from './key-files.ts'
import type { MinidriverFileSystem } from './minidriver-file-system.ts'

interface Container {
  readonly keyId: string
  readonly index: number
  readonly keyReference: number
  /** `kxc` or `ksc` with its number, as the minidriver names it. */
  readonly certificateName: string
}

const lastKeyReference = 0xff
const certificateName = /^k[xs]c[0-9a-f]{2}$/i

/** What a card answers where it keeps no key map of its own. */
const refusesKeyMap: ReadonlySet<string> = new Set([
  'command-not-supported',
  'command-refused',
  'no-such-file',
])

/**
 * The containers of Windows' minidriver: a record in the container map, a key file, and a certificate file. The container map
 * is written last when a container is made and last when it is deleted, so that it never names a key that is not there
 * yet, and a deletion that was cut short can be repeated.
 */
export class KeyContainers {
  readonly #exchange: CardExchange
  readonly #files: MinidriverFileSystem
  readonly #randomUuid: () => string
  readonly #publicKeys = new Map<number, PublicKey>()
  /** Records that were found to have no key, which a deletion that was cut short leaves behind. */
  readonly #keyless = new Set<number>()

  constructor(exchange: CardExchange, files: MinidriverFileSystem, randomUuid: () => string) {
    this.#exchange = exchange
    this.#files = files
    this.#randomUuid = randomUuid
    files.onStale = () => {
      this.#publicKeys.clear()
      this.#keyless.clear()
    }
  }

  async list(): Promise<CardKey[]> {
    const keys: CardKey[] = []
    for (const container of await this.#containers()) {
      const publicKey = await this.#publicKey(container)
      if (publicKey === undefined) this.#keyless.add(container.index)
      else keys.push(await this.#describe(container, publicKey))
    }
    return keys
  }

  async generate(algorithm: KeyPairAlgorithm): Promise<CardKey> {
    const mechanism = mechanismOf(algorithm)
    const map = await this.#containerMap()
    const entries = await understood(() => readContainerMap(map))
    const keyMap = await this.#keyMap()
    const free = entries.findIndex(({ isValid }, index) => !isValid || this.#keyless.has(index))
    const index = free === -1 ? entries.length : free
    const keyReference = freeKeyReference(index, keyMap?.entries ?? [])
    const publicKey = await generateKeyPair(this.#exchange, keyReference, mechanism)
    const name = this.#randomUuid()
    await this.#files.announce({ containers: true, files: true })
    // A program that deletes a key and no more leaves its certificate, which is not the new key's.
    const number = numberOf(index)
    await this.#files.deleteListed(
      listed => certificateName.test(listed) && listed.toLowerCase().endsWith(number),
    )
    if (keyMap !== undefined || entries.length === 0) {
      await this.#writeKeyMap(
        withKey(keyMap?.content ?? encodeKeyMap([]), index, usedKey(mechanism, keyReference)),
      )
    }
    const hasDefault = entries.some(({ isValid, isDefault }) => isValid && isDefault)
    const place = await this.#files.requireEntry('mscp', 'cmapfile')
    await this.#files.write(place, withContainer(map, index, newContainer(name, mechanism, !hasDefault)))
    this.#publicKeys.set(keyReference, publicKey)
    this.#keyless.delete(index)
    return await this.#describe(await this.#find(name), publicKey)
  }

  async sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array> {
    const container = await this.#find(keyId)
    const publicKey = await this.#publicKey(container)
    if (publicKey === undefined) throw noSuchKey()
    return signOnCard(this.#exchange, container.keyReference, publicKey.mechanism, hash, data)
  }

  async writeCertificate(keyId: string, certificate: Uint8Array): Promise<void> {
    const container = await this.#find(keyId)
    const content = encodeCertificateFile(certificate)
    await this.#files.announce({ files: true })
    await this.#files.writeListed(container.certificateName, content)
  }

  async readCertificate(keyId: string): Promise<Uint8Array> {
    const { certificateName: name } = await this.#find(keyId)
    const entry = await this.#files.find('mscp', name)
    const content = entry && (await this.#files.read(entry))
    if (content === undefined || content.length === 0) {
      throw noSuchCertificate()
    }
    return readCertificateFile(content)
  }

  async delete(keyId: string): Promise<void> {
    const { index, keyReference, certificateName: name } = await this.#find(keyId)
    await this.#files.announce({ containers: true, files: true })
    this.#publicKeys.delete(keyReference)
    await deleteKeyFile(this.#exchange, keyReference)
    await this.#files.deleteListed(listed => listed.toLowerCase() === name)
    const keyMap = await this.#keyMap()
    if (keyMap !== undefined) await this.#writeKeyMap(withKey(keyMap.content, index, unusedKey))
    const place = await this.#files.requireEntry('mscp', 'cmapfile')
    await this.#files.write(place, withContainer(await this.#containerMap(), index, undefined))
  }

  async erase(): Promise<void> {
    await this.#files.announce({ containers: true, files: true })
    const map = await this.#containerMap()
    const keyMap = await this.#keyMap()
    // Every place that ever had a key, so that one which an interrupted program left behind goes too.
    const places = Math.max(
      (await understood(() => readContainerMap(map))).length,
      keyMap?.entries.length ?? 0,
    )
    const references = new Set(
      Array.from({ length: places }, (_, index) => keyReferenceOf(index, keyMap?.entries ?? [])),
    )
    this.#publicKeys.clear()
    for (const reference of references) await deleteKeyFile(this.#exchange, reference)
    await this.#files.deleteListed(name => certificateName.test(name))
    if (keyMap !== undefined) await this.#writeKeyMap(encodeKeyMap([]))
    await this.#files.write(await this.#files.requireEntry('mscp', 'cmapfile'), new Uint8Array())
  }

  async #containers(): Promise<Container[]> {
    const entries = await understood(async () => readContainerMap(await this.#containerMap()))
    const keyMap = (await this.#keyMap())?.entries ?? []
    const names = entries.map(({ name }) => name)
    return entries.flatMap((entry, index) => {
      if (!entry.isValid || (entry.signatureKeySize === 0 && entry.keyExchangeKeySize === 0)) return []
      const number = numberOf(index)
      const isUnique = entry.name !== '' && names.filter(name => name === entry.name).length === 1
      return {
        keyId: isUnique ? entry.name : `container ${number} ${entry.name}`,
        index,
        keyReference: keyReferenceOf(index, keyMap),
        certificateName: `${entry.keyExchangeKeySize > 0 ? 'kxc' : 'ksc'}${number}`,
      }
    })
  }

  /** @throws CardError 'no-such-key' */
  async #find(keyId: string): Promise<Container> {
    const container = (await this.#containers()).find(candidate => candidate.keyId === keyId)
    if (container === undefined) throw noSuchKey()
    return container
  }

  async #describe(container: Container, publicKey: PublicKey): Promise<CardKey> {
    const { mechanism, subjectPublicKeyInfo } = publicKey
    return {
      keyId: container.keyId,
      algorithm: keyPairAlgorithm(mechanism),
      publicKey: Uint8Array.from(subjectPublicKeyInfo),
      hasCertificate: (await this.#files.find('mscp', container.certificateName)) !== undefined,
    }
  }

  async #publicKey({ keyReference }: Container): Promise<PublicKey | undefined> {
    const known = this.#publicKeys.get(keyReference)
    if (known !== undefined) return known
    const publicKey = await readPublicKey(this.#exchange, keyReference)
    if (publicKey !== undefined) this.#publicKeys.set(keyReference, publicKey)
    return publicKey
  }

  async #containerMap(): Promise<Uint8Array> {
    const place = await this.#files.requireEntry('mscp', 'cmapfile')
    return (await this.#files.read(place)) ?? new Uint8Array()
  }

  /** Nothing where the card keeps none. */
  async #keyMap(): Promise<{ content: Uint8Array; entries: readonly KeyMapEntry[] } | undefined> {
    const content = await this.#files.read(minidriverFile.keyMap)
    if (content === undefined || content.length === 0) return undefined
    return { content, entries: await understood(() => readKeyMap(content)) }
  }

  async #writeKeyMap(content: Uint8Array): Promise<void> {
    try {
      await this.#files.write(minidriverFile.keyMap, content)
    } catch (error) {
      if (!(error instanceof CardError) || !refusesKeyMap.has(error.code)) throw error
    }
  }
}

function numberOf(index: number): string {
  return index.toString(16).padStart(2, '0')
}

function keyReferenceOf(index: number, keyMap: readonly KeyMapEntry[]): number {
  const entry = keyMap[index]
  const isNamed = entry?.isUsed === true && (entry.keyFile & 0xff00) === firstKeyFile
  return isNamed ? entry.keyFile & 0xff : firstContainerKeyReference + index
}

/** The container's own one, as programs without a key map expect, unless another container has it. */
function freeKeyReference(index: number, keyMap: readonly KeyMapEntry[]): number {
  const taken = new Set(
    keyMap.flatMap(({ isUsed, keyFile }, other) => (isUsed && other !== index ? [keyFile] : [])),
  )
  let reference = firstContainerKeyReference + index
  while (taken.has(firstKeyFile + reference)) reference += 1
  if (reference > lastKeyReference) {
    throw new CardError('card-full', 'The card has no place for another key. Delete one that is not needed.')
  }
  return reference
}

function usedKey(mechanism: KeyMechanism, keyReference: number): KeyMapEntry {
  const purpose = mechanism.algorithm === 'RSA' ? 'key exchange' : 'signature'
  return { isUsed: true, mechanism: mechanism.identifier, purpose, keyFile: firstKeyFile + keyReference }
}

/** Windows takes a key of RSA for key exchange, which may sign too, and one of ECDSA for signatures. */
function newContainer(name: string, mechanism: KeyMechanism, isDefault: boolean): ContainerMapEntry {
  return {
    name,
    isValid: true,
    isDefault,
    signatureKeySize: mechanism.algorithm === 'EC' ? mechanism.coordinateLength * 8 : 0,
    keyExchangeKeySize: mechanism.algorithm === 'RSA' ? mechanism.keySize : 0,
  }
}
