import { describeStatusWord } from '../apdu/status-word.ts'

/** Thrown within a card to end a command with this status word and no data. */
export class CommandRefusal extends Error {
  override readonly name = 'CommandRefusal'
  readonly statusWord: number

  constructor(statusWord: number) {
    super(describeStatusWord(statusWord))
    this.statusWord = statusWord
  }
}
