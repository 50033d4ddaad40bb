import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createFileDurably } from '../../ca/durable-file.ts'
import type { CardFileSecret } from '../../client/card-reader/encrypted-card-file.ts'
import { readCardFileSeal } from '../../client/virtual-card/open-virtual-card-file.ts'
import { orFileWriteError } from '../../client/write-file-whole.ts'
import { HiddenInput } from '../terminal/hidden-input.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'

/** NIST SP 800-63B-4 §3.1.1.2; what is guessed here costs 64 MiB and a fifth of a second a guess. */
const fewestCharacters = 8
const keyLength = 32

/** What opens a new card, as the options have it. Throws UsageError. */
export async function newSecret(
  card: CardFiles,
  values: {
    readonly tpm: boolean
    readonly 'with-passphrase': boolean
    readonly 'key-file': boolean
    readonly 'passphrase-file'?: string | undefined
  },
): Promise<CardFileSecret> {
  const passphraseFile = values['passphrase-file']
  if (values['key-file']) return await newKeyFile(card)
  if (!values.tpm) return await newPassphrase(card, passphraseFile)
  if (!values['with-passphrase'] && passphraseFile === undefined) return await tpmSecret(undefined)
  return await tpmSecret((await newPassphrase(card, passphraseFile)).passphrase)
}

/** The passphrase of a new card: from a file, or asked for twice. Throws UsageError. */
async function newPassphrase(
  card: CardFiles,
  passphraseFile: string | undefined,
): Promise<{ readonly passphrase: string }> {
  const passphrase =
    passphraseFile === undefined
      ? await askTwice(card.name)
      : await readPassword(passphraseFile, '--passphrase-file')
  if ([...passphrase].length < fewestCharacters) {
    throw new UsageError(`A passphrase has at least ${fewestCharacters} characters; no card was made.`)
  }
  return { passphrase }
}

/** A random key in a file of its own beside the card, readable to the user alone. Throws UsageError where one is there already. */
async function newKeyFile({ keyFile }: CardFiles): Promise<CardFileSecret> {
  const key = randomBytes(keyLength)
  if (!(await createKeyFile(keyFile, key))) {
    throw new UsageError(`${keyFile} is there already. Choose another name, or destroy that card first.`)
  }
  return { key }
}

async function createKeyFile(file: string, key: Buffer): Promise<boolean> {
  try {
    return await createFileDurably(file, `${key.toString('hex')}\n`)
  } catch (error) {
    throw orFileWriteError(error, file)
  }
}

/** The TPM of this machine, with a passphrase besides where one is given. */
async function tpmSecret(passphrase: string | undefined): Promise<CardFileSecret> {
  const { tpmKeySealer } = await import('../../client/tpm/tpm-key-sealer.ts')
  return { sealer: tpmKeySealer(process.env), passphrase }
}

/**
 * What opens a card: the TPM that sealed it, its key file, the passphrase in a file, or what is typed at the terminal. Throws
 * UsageError, CardFileError.
 */
export async function secretOf(card: CardFiles, passphraseFile: string | undefined): Promise<CardFileSecret> {
  const seal = await readCardFileSeal(card.file)
  if (seal !== undefined) {
    if (seal.hasPassphrase) return await tpmSecret(await passphraseOf(card, passphraseFile))
    if (passphraseFile === undefined) return await tpmSecret(undefined)
    throw new UsageError(`The card ${card.name} is sealed by the TPM alone. Leave --passphrase-file out.`)
  }
  if (existsSync(card.keyFile)) {
    if (passphraseFile === undefined) return { key: await readKey(card.keyFile) }
    throw new UsageError(`The card ${card.name} is opened by its key file. Leave --passphrase-file out.`)
  }
  return { passphrase: await passphraseOf(card, passphraseFile) }
}

async function passphraseOf({ name }: CardFiles, passphraseFile: string | undefined): Promise<string> {
  if (passphraseFile !== undefined) return await readPassword(passphraseFile, '--passphrase-file')
  return await ask(input => input.ask(`Passphrase of the card ${name}: `))
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
