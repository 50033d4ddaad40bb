import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { FileLockedError, lockFile } from '../card-reader/file-lock.ts'
import { isStillRunning } from '../process-identity.ts'
import { writePrivateFile } from '../write-file-whole.ts'
import { type Journal, type JournalKeeper, type NewJournal, newJournal } from './journal.ts'

/** A journal in a file, which belongs to this process until it is released. */
export interface JournalFile extends JournalKeeper {
  /** Lets other processes go on with it. */
  release(): Promise<void>
}

/** The file holds something else than a journal, or one of a later version. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
}

const ending = '.json'
const maximumLength = 1024 * 1024

/** Begins a journal in a folder that only its owner can look into. */
export async function createJournalFile(folder: string, about: NewJournal): Promise<JournalFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, `${randomUUID()}${ending}`)
  const lock = await lockFile(`${file}.lock`)
  const keeper = new KeptJournal(file, newJournal(about), () => lock.release())
  try {
    await keeper.record({})
    return keeper
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The journals of interrupted requests in a folder, the earliest first; none where there is no folder. */
export async function listJournalFiles(
  folder: string,
): Promise<readonly { readonly file: string; readonly journal: Journal }[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter(name => name.endsWith(ending)).map(name => path.join(folder, name))
  const journals = await Promise.all(files.map(readUnlessGone))
  return journals.flat().sort((left, right) => left.journal.begun.localeCompare(right.journal.begun))
}

/**
 * Takes an interrupted request over.
 *
 * @throws JournalError; FileLockedError where another process carries it out, or a program that one has started still works
 *   for it
 */
export async function openJournalFile(file: string): Promise<JournalFile> {
  const lock = await lockFile(`${file}.lock`)
  try {
    const journal = await readJournal(file)
    await requireNoProgram(journal)
    return new KeptJournal(file, journal, () => lock.release())
  } catch (error) {
    await lock.release()
    throw error
  }
}

class KeptJournal implements JournalFile {
  readonly #file: string
  readonly #release: () => Promise<void>
  #journal: Journal

  constructor(file: string, journal: Journal, release: () => Promise<void>) {
    this.#file = file
    this.#journal = journal
    this.#release = release
  }

  get journal(): Journal {
    return this.#journal
  }

  async record(changes: Partial<Journal>): Promise<void> {
    const journal = { ...this.#journal, ...changes }
    await writePrivateFile(this.#file, `${JSON.stringify(journal, null, 2)}\n`)
    this.#journal = journal
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  release(): Promise<void> {
    return this.#release()
  }
}

/** What it makes now would be made a second time. */
async function requireNoProgram({ program }: Journal): Promise<void> {
  if (program === undefined || !(await isStillRunning(program))) return
  throw new FileLockedError(
    `${program.name}, which an interrupted run of this request has started, is still at work as process ${program.pid}. ` +
      `Wait until it is done, and run the command again. If it hangs, end it first: kill ${program.pid}`,
  )
}

/** Nothing of a request that another process has completed meanwhile. */
async function readUnlessGone(file: string): Promise<{ readonly file: string; readonly journal: Journal }[]> {
  try {
    return [{ file, journal: await readJournal(file) }]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

async function readJournal(file: string): Promise<Journal> {
  const content = await readFile(file, 'utf8')
  const journal = content.length > maximumLength ? null : parse(content)
  if (journal !== null) return journal
  throw new JournalError(
    `${file} is not the journal of a request that this version of Cardinal understands. Remove it, and cancel the ` +
      'request in the portal.',
  )
}

function parse(content: string): Journal | null {
  try {
    const value: unknown = JSON.parse(content)
    return isJournal(value) ? value : null
  } catch {
    return null
  }
}

/** Only this program writes it; a file from elsewhere is told by what is missing. */
function isJournal(value: unknown): value is Journal {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 1) return false
  const model = newJournal({
    server: '',
    account: '',
    operation: 'Enroll',
    subject: { profile: '' },
    target: { kind: 'none' },
    begun: '',
  })
  return Object.keys(model).every(name => Object.hasOwn(value, name))
}
