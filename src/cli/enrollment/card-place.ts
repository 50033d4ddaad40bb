import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CardConnection } from '../../card/card-connection.ts'
import type { CardFileSecret } from '../../client/card-reader/encrypted-card-file.ts'
import type { EnrollableCard } from '../../client/cards/enrollable-card.ts'
import { openEnrollableCard } from '../../client/cards/open-enrollable-card.ts'
import type { JournalTarget } from '../../client/enrollment/journal.ts'
import { type CardFiles, cardFilesOf, makeFolderOf } from '../card/card-files.ts'
import { newSecret, secretOf } from '../card/card-secret.ts'
import { openReaders } from '../card/open-readers.ts'
import { choose } from '../terminal/ask.ts'
import { UsageError } from '../usage-error.ts'
import type { CardValues } from './enrollment-options.ts'
import { passphraseForNothing } from './require-given-files.ts'

const randomness = { randomBytes, randomUuid: randomUUID, randomInteger: (limit: number) => randomInt(limit) }

/** Where a card is: opened as often as needed, its reader chosen and its passphrase asked for once. */
export interface CardPlace {
  readonly target: JournalTarget
  /** Throws UsageError, CardError, CardFileError, FileLockedError. */
  open(): Promise<EnrollableCard>
}

/** The place that the options name, or that an interrupted request went on at. */
export function cardPlaceOf(values: CardValues, earlier: JournalTarget | null): CardPlace {
  if (values.reader !== undefined && values.virtual !== undefined) {
    throw new UsageError('Give --reader or --virtual, not both.')
  }
  if (values.virtual !== undefined) return virtualCard(filesOf(values.virtual), values)
  if (values.reader === undefined && earlier?.kind === 'virtual') {
    return virtualCard(cardFilesOf('', earlier.file), values)
  }
  return cardInReader(values)
}

function filesOf(nameOrFile: string): CardFiles {
  return /[/\\]/.test(nameOrFile) ? cardFilesOf('', nameOrFile) : cardFilesOf(nameOrFile)
}

function virtualCard(files: CardFiles, values: CardValues): CardPlace {
  const passphraseFile = values['passphrase-file']
  let secret: CardFileSecret | null = null
  return {
    target: { kind: 'virtual', file: resolve(files.file) },
    async open() {
      const { openVirtualCardFile } = await import('../../client/virtual-card/open-virtual-card-file.ts')
      if (existsSync(files.file)) secret ??= await secretOf(files, passphraseFile)
      else {
        const { createVirtualCardFile } = await import(
          '../../client/virtual-card/create-virtual-card-file.ts'
        )
        await makeFolderOf(files)
        secret ??= await secretOfNewCard(files, values)
        const personality = values.piv === true ? 'PIV' : 'GIDS'
        await createVirtualCardFile({ file: files.file, secret, personality })
      }
      const card = await openVirtualCardFile(files.file, secret)
      return await openEnrollableCard(closingOnce(card), randomness)
    },
  }
}

async function secretOfNewCard(files: CardFiles, values: CardValues): Promise<CardFileSecret> {
  return await newSecret(files, {
    tpm: values.tpm === true,
    'with-passphrase': false,
    'key-file': false,
    'passphrase-file': values['passphrase-file'],
  })
}

/** A closed file may be another process's by the time of a second call. */
function closingOnce(card: {
  readonly answerToReset: string
  readonly transmit: (command: Uint8Array) => Promise<Uint8Array>
  close(): Promise<void>
}): CardConnection {
  let closing: Promise<void> | null = null
  return {
    answerToReset: card.answerToReset,
    transmit: command => card.transmit(command),
    disconnect() {
      closing ??= card.close()
      return closing
    },
  }
}

function cardInReader(values: CardValues): CardPlace {
  if (values['passphrase-file'] !== undefined) throw passphraseForNothing()
  let reader = values.reader
  const seconds = Number(values['card-timeout'] ?? 30)
  if (!(seconds > 0 && seconds <= 3600)) throw new UsageError('--card-timeout is a number of seconds.')
  return {
    target: { kind: 'reader' },
    async open() {
      const readers = await openReaders(seconds * 1000)
      reader ??= await chooseReader((await readers.list()).filter(({ hasCard }) => hasCard))
      const connection = await readers.connect(reader, { timeLimit: seconds * 1000 })
      return await openEnrollableCard(connection, randomness)
    },
  }
}

async function chooseReader(withCard: readonly { readonly name: string }[]): Promise<string> {
  const [only, ...others] = withCard
  if (only === undefined) {
    throw new UsageError(
      'There is no card in any reader. Insert one, or make a virtual one with --virtual NAME.',
    )
  }
  if (others.length === 0) return only.name
  const chosen = await choose('Which reader?', withCard, ({ name }) => name, 'Give --reader READER.')
  return chosen.name
}
