import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Pcscd } from '../../testbed/pcscd.ts'

/** A virtual GIDS card in the reader of a PC/SC service, in a process of its own. */
export interface ExchangeableCard {
  /** Puts another card in its place, without the reader noticing. */
  personalize(card: { cardId: string; adminKey: Uint8Array; pin: string }): Promise<void>
  /** Puts a personal card of other habits in its place, which speaks T=0 after the next reset. */
  becomeOdd(): Promise<void>
  /** From now on the card answers to nothing. */
  silence(): Promise<void>
  /** Takes the card out of the reader. */
  pull(): Promise<void>
}

const program = join(import.meta.dirname, 'pcsc-card-program.ts')

/** Inserts a blank card. */
export async function insertExchangeableCard(pcscd: Pcscd): Promise<ExchangeableCard> {
  const inserted = pcscd.next('insertion')
  const child = pcscd.spawnInside(process.execPath, program)
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null) throw new Error('The card has no input or no output.')
  stderr?.pipe(process.stderr)
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  await Promise.all([inserted, answers.next()])
  const ask = async (wish: object) => {
    stdin.write(`${JSON.stringify(wish)}\n`)
    if ((await answers.next()).done === true) throw new Error('The card has left.')
  }
  return {
    personalize: ({ adminKey, ...card }) =>
      ask({ does: 'personalize', ...card, adminKey: Buffer.from(adminKey).toString('hex') }),
    becomeOdd: () => ask({ does: 'become odd' }),
    silence: () => ask({ does: 'silence' }),
    async pull() {
      if (child.exitCode !== null) return
      const gone = [pcscd.next('removal'), once(child, 'exit')]
      stdin.write(`${JSON.stringify({ does: 'pull' })}\n`)
      await Promise.all(gone)
    },
  }
}
