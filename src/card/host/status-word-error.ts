import { describeStatusWord } from '../apdu/status-word.ts'
import { CardError, type CardErrorCode } from '../card-error.ts'

interface Meaning {
  readonly code: CardErrorCode
  readonly advice: string
}

const check = 'Check that this card is of a supported kind.'
const refused: Meaning = { code: 'command-refused', advice: check }
const unsupported: Meaning = { code: 'command-not-supported', advice: check }
const failure: Meaning = {
  code: 'card-failure',
  advice: 'Take the card out, put it in again, and replace it if this goes on.',
}
const missing: Meaning = { code: 'no-such-file', advice: 'Initialize the card if it is new.' }
const full: Meaning = { code: 'card-full', advice: 'Delete a key or a certificate that is no longer needed.' }
const existing: Meaning = { code: 'file-exists', advice: 'Use what is there, or delete it first.' }
const unauthenticated: Meaning = {
  code: 'security-status-not-satisfied',
  advice: 'Verify the PIN or authenticate the administrator first.',
}

/** Where the second byte decides (ISO/IEC 7816-4 §5.6, tables 5 and 6). */
const exactMeanings: ReadonlyMap<number, Meaning> = new Map([
  [0x6381, full],
  [0x6882, unauthenticated],
  [0x6982, unauthenticated],
  [
    0x6983,
    {
      code: 'security-status-not-satisfied',
      advice: 'Too many wrong attempts have blocked this authentication.',
    },
  ],
  [0x6a81, unsupported],
  [0x6a82, missing],
  [0x6a83, missing],
  [0x6a84, full],
  [0x6a88, missing],
  [0x6a89, existing],
  [0x6a8a, existing],
])

/** Where the first byte says enough. */
const classMeanings: ReadonlyMap<number, Meaning> = new Map([
  [0x61, refused],
  [0x62, failure],
  [0x63, unauthenticated],
  [0x64, failure],
  [0x65, failure],
  [0x66, failure],
  [0x67, refused],
  [0x68, unsupported],
  [0x69, refused],
  [0x6a, refused],
  [0x6b, refused],
  [0x6c, refused],
  [0x6d, unsupported],
  [0x6e, unsupported],
  [0x6f, failure],
])

/**
 * The error that a status word other than success stands for.
 *
 * @param action what was not done, as the end of "The card did not …": "sign"
 */
export function statusWordError(word: number, action: string): CardError {
  const meaning = exactMeanings.get(word) ?? classMeanings.get(word >> 8)
  const said = `The card did not ${action}: ${describeStatusWord(word)}.`
  if (meaning === undefined) return new CardError('unexpected-answer', `${said} ${check}`)
  return new CardError(meaning.code, `${said} ${meaning.advice}`)
}
