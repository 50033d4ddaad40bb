import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import type { CardFileSecret } from '../../client/card-reader/encrypted-card-file.ts'
import { HiddenInput } from '../people/hidden-input.ts'
import { readPassword } from '../people/new-password.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'

/** NIST SP 800-63B-4 §3.1.1.2; what is guessed here costs 64 MiB and a fifth of a second a guess. */
const fewestCharacters = 8
const keyLength = 32

/** The passphrase of a new card: from a file, or asked for twice. Throws UsageError. */
export async function newPassphrase(
  card: CardFiles,
  passphraseFile: string | undefined,
): Promise<CardFileSecret> {
  const passphrase =
    passphraseFile === undefined ? await askTwice(card.name) : await readPassword(passphraseFile)
  if ([...passphrase].length < fewestCharacters) {
    throw new UsageError(`A passphrase has at least ${fewestCharacters} characters; no card was made.`)
  }
  return { passphrase }
}

/** A random key in a file of its own beside the card, readable to the user alone. Fails where one is there already. */
export async function newKeyFile({ keyFile }: CardFiles): Promise<CardFileSecret> {
  const key = randomBytes(keyLength)
  await writeFile(keyFile, `${key.toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  return { key }
}

/** What opens a card: its key file, the passphrase in a file, or what is typed at the terminal. Throws UsageError. */
export async function secretOf(card: CardFiles, passphraseFile: string | undefined): Promise<CardFileSecret> {
  if (passphraseFile !== undefined) return { passphrase: await readPassword(passphraseFile) }
  if (existsSync(card.keyFile)) return { key: await readKey(card.keyFile) }
  return { passphrase: await ask(input => input.ask(`Passphrase of the card ${card.name}: `)) }
}

async function readKey(file: string): Promise<Uint8Array> {
  const text = (await readFile(file, 'ascii')).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new UsageError(`${file} does not hold the key of a card: 64 hexadecimal digits.`)
  }
  return Buffer.from(text, 'hex')
}

function askTwice(name: string): Promise<string> {
  return ask(async input => {
    const passphrase = await input.ask(`New passphrase for the card ${name}: `)
    if (passphrase !== (await input.ask('Once more: '))) {
      throw new UsageError('The two differ; no card was made.')
    }
    return passphrase
  })
}

async function ask(question: (input: HiddenInput) => Promise<string>): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'There is no terminal to ask for the passphrase. Use --passphrase-file FILE ("-" reads it from the input).',
    )
  }
  const input = new HiddenInput()
  try {
    return await question(input)
  } finally {
    input.close()
  }
}
