import { randomBytes } from 'node:crypto'
import type { CardConnection } from '../../card/card-connection.ts'
import { CardError, type CardErrorCode } from '../../card/card-error.ts'
import { openPivCard } from '../../card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../card/piv/host/piv-card.ts'
import { connectVirtualCard, openVirtualCardFile } from '../../client/virtual-card/open-virtual-card-file.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'
import { secretOf } from './card-secret.ts'
import { openReaders } from './open-readers.ts'
import { readPlugState } from './plug-state.ts'

/** A card that tells no keys has none where there is no certificate; a damaged certificate is none. */
const withoutCertificate: readonly CardErrorCode[] = [
  'no-such-certificate',
  'no-such-key',
  'unexpected-answer',
]

/** What a card gives of a key, in DER. */
export interface AttestedKey {
  readonly attestation: Uint8Array
  readonly intermediate: Uint8Array
  /** Of the slot; null where there is none, or one that cannot be read. */
  readonly certificate: Uint8Array | null
}

/** Asks a virtual card, in its reader where it is in one, otherwise in its file. Throws CardError, CardFileError. */
export async function attestInFile(
  card: CardFiles,
  passphraseFile: string | undefined,
  slot: string,
): Promise<AttestedKey> {
  const state = await readPlugState(card)
  if (state !== null && state.reader !== null) return await attestInReader(state.reader, slot)
  const virtualCard = await openVirtualCardFile(card.file, await secretOf(card, passphraseFile))
  try {
    return await attestOn(connectVirtualCard(virtualCard), slot)
  } finally {
    await virtualCard.close()
  }
}

/** Asks the card in this reader, or in the only one that has one. Throws CardError, UsageError. */
export async function attestInReader(reader: string | undefined, slot: string): Promise<AttestedKey> {
  const readers = await openReaders()
  const withCard = (await readers.list()).filter(({ hasCard }) => hasCard).map(({ name }) => name)
  const [only, ...others] = withCard
  if (reader === undefined && only === undefined) throw new UsageError('There is no card in any reader.')
  if (reader === undefined && others.length > 0) {
    throw new UsageError(`Which card? Give --reader with one of: ${withCard.join(', ')}.`)
  }
  const connection = await readers.connect(reader ?? only ?? '')
  try {
    return await attestOn(connection, slot)
  } finally {
    await connection.disconnect()
  }
}

/** Asks the card of a connection, which stays. Throws CardError. */
export async function attestOn(connection: CardConnection, slot: string): Promise<AttestedKey> {
  const card = await openPivCard(connection, { randomBytes })
  return {
    attestation: await card.attestKey(slot),
    intermediate: await card.readAttestationCertificate(),
    certificate: await readCertificate(card, slot),
  }
}

async function readCertificate(card: PivCard, slot: string): Promise<Uint8Array | null> {
  try {
    return await card.readCertificate(slot)
  } catch (error) {
    if (error instanceof CardError && withoutCertificate.includes(error.code)) return null
    throw error
  }
}
