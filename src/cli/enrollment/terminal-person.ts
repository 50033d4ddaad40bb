import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CardError } from '../../card/card-error.ts'
import { checkPin, isTrivialPin, type PinPolicy } from '../../card/secrets/pin.ts'
import type { EnrollmentPerson } from '../../client/enrollment/enrollment-run.ts'
import type { JournalKeeper } from '../../client/enrollment/journal.ts'
import { writePrivateFile } from '../../client/write-file-whole.ts'
import { askNewSecret, askSecret, confirm, hasTerminal } from '../terminal/ask.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { PinValues } from './enrollment-options.ts'

const pinInstead = 'Give --pin-file FILE ("-" reads it from the input).'

/** Answers from options and files, and asks at the terminal for the rest. */
export function terminalPerson(
  values: PinValues & { readonly yes: boolean; readonly json: boolean },
  keeper: JournalKeeper,
): EnrollmentPerson {
  const { 'pin-file': pinFile, 'pin-out': pinOut } = values
  return {
    async confirm(question) {
      return values.yes || (await confirm(question, 'Agree by --yes.'))
    },
    async choosePin(rules) {
      const fault = (pin: string) => faultOf(rules, pin)
      if (pinFile === undefined) return await askNewSecret('New PIN of the card: ', pinInstead, fault)
      const pin = await readPassword(pinFile)
      const wrong = fault(pin)
      if (wrong !== null) throw new UsageError(wrong)
      return pin
    },
    async currentPin(triesLeft) {
      if (pinFile !== undefined) {
        await requireNotRefused(keeper, pinFile, 'card')
        return await readPassword(pinFile)
      }
      const left = triesLeft === null ? '' : ` (${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left)`
      return await askSecret(`PIN of the card${left}: `, pinInstead)
    },
    async receivePin(pin) {
      if (pinOut !== undefined) {
        await writePrivateFile(pinOut, `${pin}\n`)
        process.stderr.write(`The PIN that the server made is in ${pinOut}.\n`)
      } else if (hasTerminal() && process.stderr.isTTY) {
        process.stderr.write(`The server made the PIN of the card, and it is shown this once: ${pin}\n`)
      } else {
        throw new UsageError('The server makes the PIN of this card. Say where it goes: --pin-out FILE.')
      }
    },
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

function faultOf(rules: PinPolicy, pin: string): string | null {
  const faults = checkPin(rules, pin)
  if (faults.length > 0) return `The PIN ${faults.join(' and ')}.`
  return isTrivialPin(pin) ? 'The PIN is one that is guessed first. Choose another.' : null
}
