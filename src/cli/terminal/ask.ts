import { createInterface } from 'node:readline/promises'
import { printableText } from '../../client/printable-text.ts'
import { UsageError } from '../usage-error.ts'
import { HiddenInput } from './hidden-input.ts'

const longestLabel = 120

/** Whether somebody can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY
}

/** Asks for one line. @param instead what to do without a terminal, as a sentence. Throws UsageError. */
export async function ask(question: string, instead: string): Promise<string> {
  requireTerminal(question, instead)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(question)).trim()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new UsageError('Broken off.')
    throw error
  } finally {
    lines.close()
  }
}

/** Asks for a secret, of which nothing is shown. Throws UsageError. */
export async function askSecret(question: string, instead: string): Promise<string> {
  requireTerminal(question, instead)
  const input = new HiddenInput()
  try {
    return await input.ask(question)
  } finally {
    input.close()
  }
}

/** Asks for a new secret, twice. @param fault what is wrong with one, or null. Throws UsageError. */
export async function askNewSecret(
  question: string,
  instead: string,
  fault: (secret: string) => string | null,
): Promise<string> {
  requireTerminal(question, instead)
  const input = new HiddenInput()
  try {
    for (;;) {
      const secret = await input.ask(question)
      const wrong = fault(secret)
      if (wrong !== null) process.stderr.write(`${wrong}\n`)
      else if (secret === (await input.ask('Once more: '))) return secret
      else process.stderr.write('The two differ.\n')
    }
  } finally {
    input.close()
  }
}

/** Lets somebody choose by number. Throws UsageError. */
export async function choose<Choice>(
  title: string,
  choices: readonly Choice[],
  label: (choice: Choice) => string,
  instead: string,
): Promise<Choice> {
  requireTerminal(title, instead)
  process.stderr.write(`${title}\n`)
  for (const [index, choice] of choices.entries()) {
    process.stderr.write(`  ${index + 1}  ${printableText(label(choice), longestLabel)}\n`)
  }
  for (;;) {
    const number = Number(await ask(`Number (1 to ${choices.length}): `, instead))
    const chosen = Number.isInteger(number) ? choices[number - 1] : undefined
    if (chosen !== undefined) return chosen
  }
}

export async function confirm(question: string, instead: string): Promise<boolean> {
  requireTerminal(question, instead)
  return /^y(es)?$/i.test(await ask(`${question} Go on? (yes/no) `, instead))
}

/** Throws UsageError, which says what would have been asked. */
export function requireTerminal(question: string, instead: string): void {
  if (!hasTerminal()) throw new UsageError(`${question.trim()} There is no terminal to ask at. ${instead}`)
}
