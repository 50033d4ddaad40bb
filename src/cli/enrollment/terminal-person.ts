import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CardError } from '../../card/card-error.ts'
import type { PinPolicy } from '../../card/secrets/pin.ts'
import type { EnrollmentPerson } from '../../client/enrollment/enrollment-run.ts'
import type { JournalKeeper } from '../../client/enrollment/journal.ts'
import { pinFault } from '../../client/enrollment/pin-fault.ts'
import { writePrivateFile } from '../../client/write-file-whole.ts'
import { askNewSecret, askSecret, confirm, hasTerminal, requireTerminal } from '../terminal/ask.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { PinValues } from './enrollment-options.ts'

const newQuestion = 'New PIN of the card: '
const currentQuestion = 'PIN of the card: '
const pinInstead = 'Give --pin-file FILE ("-" reads it from the input).'

/** Answers from options and files, and asks at the terminal for the rest. */
export function terminalPerson(
  values: PinValues & { readonly yes: boolean; readonly json: boolean },
  keeper: JournalKeeper,
): EnrollmentPerson {
  const { 'pin-file': pinFile, 'pin-out': pinOut } = values
  const pinOfFile = pinFile === undefined ? null : onceRead(pinFile)
  const newPin = async (rules: PinPolicy) => {
    const pin = (await pinOfFile?.()) ?? ''
    const wrong = pinFault(rules, pin)
    if (wrong !== null) throw new UsageError(`${wrong} It is the one in --pin-file ${pinFile}.`)
    return pin
  }
  const presentPin = async (file: string) => {
    await requireNotRefused(keeper, file, 'card')
    return (await pinOfFile?.()) ?? ''
  }
  return {
    async confirm(question) {
      return values.yes || (await confirm(question, 'Agree by --yes.'))
    },
    async expectPin(need) {
      if (need.kind === 'received') {
        if (pinOut === undefined && !canShow()) throw noPlaceForPin()
      } else if (pinFile === undefined) {
        requireTerminal(need.kind === 'current' ? currentQuestion : newQuestion, pinInstead)
      } else if (need.kind === 'current') await presentPin(pinFile)
      else await newPin(need.rules)
    },
    async choosePin(rules) {
      if (pinFile !== undefined) return await newPin(rules)
      return await askNewSecret(newQuestion, pinInstead, pin => pinFault(rules, pin))
    },
    async currentPin(triesLeft) {
      if (pinFile !== undefined) return await presentPin(pinFile)
      const left = triesLeft === null ? '' : ` (${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left)`
      return await askSecret(`PIN of the card${left}: `, pinInstead)
    },
    async receivePin(pin) {
      if (pinOut !== undefined) {
        await writePrivateFile(pinOut, `${pin}\n`)
        process.stderr.write(`The PIN that the server made is in ${pinOut}.\n`)
      } else if (canShow()) {
        process.stderr.write(`The server made the PIN of the card, and it is shown this once: ${pin}\n`)
      } else {
        throw noPlaceForPin()
      }
    },
  }
}

function canShow(): boolean {
  return hasTerminal() && process.stderr.isTTY
}

function noPlaceForPin(): UsageError {
  return new UsageError('The server makes the PIN of this card. Say where it goes: --pin-out FILE.')
}

/** The standard input can be read only once. */
function onceRead(file: string): () => Promise<string> {
  let reading: Promise<string> | null = null
  return () => {
    reading ??= readPassword(file, '--pin-file')
    return reading
  }
}

/** Remembers the file that held a wrong PIN, so that running the command again does not spend the next try on it. */
export async function noteRefusedPin(
  keeper: JournalKeeper,
  { 'pin-file': pinFile }: PinValues,
): Promise<void> {
  if (pinFile === undefined || pinFile === '-') return
  const { mtimeMs: modified } = await stat(pinFile)
  await keeper.record({ refusedPinFile: { file: resolve(pinFile), modified } })
}

/** Throws CardError 'pin-refused-before' for a file that still holds the PIN that was wrong. */
export async function requireNotRefused(
  { journal }: JournalKeeper,
  pinFile: string,
  holder: 'card' | 'token',
): Promise<void> {
  const refused = journal.refusedPinFile
  if (refused === null || pinFile === '-' || resolve(pinFile) !== refused.file) return
  if ((await stat(pinFile)).mtimeMs !== refused.modified) return
  throw new CardError(
    'pin-refused-before',
    `The ${holder} has refused the PIN in ${pinFile} already, and it was not sent again. Put the right one into the file.`,
  )
}
