import type { PivWire } from './piv-cards.ts'

/** The answer to a command with all its parts, by GET RESPONSE, and the last status word. */
export async function gatheredAnswer(card: PivWire, command: string): Promise<string> {
  let answer = await card.send(command)
  let data = ''
  while (answer.slice(-4, -2) === '61') {
    data += answer.slice(0, -4)
    answer = await card.send(`00C00000${answer.slice(-2)}`)
  }
  return data + answer
}
