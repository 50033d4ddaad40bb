import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** What stands beside the file of a card. */
export interface CardFiles {
  readonly name: string
  readonly file: string
  /** The key that opens it, where no passphrase does. */
  readonly keyFile: string
  /** There as long as a process has the card. */
  readonly lockFile: string
  /** There as long as a process keeps the card in a reader, or tries to. */
  readonly plugFile: string
  /** What a process in the background says. */
  readonly logFile: string
}

const ending = '.card'

/** Where the user's cards are, by the habits of the system (XDG Base Directory Specification). */
export function cardsFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_DATA_HOME: dataHome, LOCALAPPDATA: localData } = environment
  if (dataHome?.startsWith('/')) return join(dataHome, 'cardinal', 'cards')
  if (platform === 'win32' && localData !== undefined) return join(localData, 'Cardinal', 'cards')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Cardinal', 'cards')
  return join(homedir(), '.local', 'share', 'cardinal', 'cards')
}

/** The card that is called so, or is in this file; it need not be there. Throws UsageError. */
export function cardFilesOf(name: string, file?: string): CardFiles {
  if (file !== undefined) return filesAround(resolve(file))
  // It becomes the name of a file in one folder, on every system.
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
    throw new UsageError('The name of a card has letters, digits, "-" and "_", 64 at the most.')
  }
  return filesAround(join(cardsFolder(), `${name}${ending}`))
}

/** The card that is meant: by its name, its file, or because there is no other. Throws UsageError. */
export async function findCard(name: string | undefined, file: string | undefined): Promise<CardFiles> {
  if (name !== undefined && file !== undefined) throw new UsageError('Give NAME or --file, not both.')
  const found = name === undefined && file === undefined ? await onlyCard() : cardFilesOf(name ?? '', file)
  if (!existsSync(found.file)) {
    throw new UsageError(`There is no card ${found.file}. "cardinal card list" lists those that are there.`)
  }
  return found
}

export async function listCardFiles(): Promise<readonly CardFiles[]> {
  const folder = cardsFolder()
  const names = existsSync(folder) ? await readdir(folder) : []
  return names
    .filter(name => name.endsWith(ending))
    .sort()
    .map(name => filesAround(join(folder, name)))
}

export async function makeFolderOf({ file }: CardFiles): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
}

async function onlyCard(): Promise<CardFiles> {
  const [first, ...others] = await listCardFiles()
  if (first === undefined)
    throw new UsageError('There is no virtual card yet. "cardinal card create" makes one.')
  if (others.length === 0) return first
  const names = [first, ...others].map(({ name }) => name).join(', ')
  throw new UsageError(`Which card? There are ${names}.`)
}

function filesAround(file: string): CardFiles {
  return {
    name: basename(file, ending),
    file,
    keyFile: `${file}.key`,
    lockFile: `${file}.lock`,
    plugFile: `${file}.plugged`,
    logFile: `${file}.log`,
  }
}
