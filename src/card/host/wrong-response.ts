import { statusWord, triesLeftOfStatusWord } from '../apdu/status-word.ts'
import { CardError } from '../card-error.ts'

/** What cards answer to a wrong response of the administrator, beside '63Cx'. */
const answers: ReadonlySet<number> = new Set([
  statusWord.securityStatusNotSatisfied,
  statusWord.incorrectData,
  0x6300,
  0x6984,
  0x6988,
])

/**
 * The error of a response that a card found wrong; nothing where its status word says something else.
 *
 * @param key what the response was made with, such as "admin key"
 */
export function wrongResponse(word: number, key: string): CardError | undefined {
  const triesLeft = triesLeftOfStatusWord(word)
  if (triesLeft === undefined && !answers.has(word)) return undefined
  return new CardError(
    'wrong-response',
    `The card refused the response: it was made with another ${key} or for another challenge. ` +
      'Check which key the card has before trying again.',
    triesLeft,
  )
}
