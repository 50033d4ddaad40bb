import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * Runs a program of this folder that sends wrong PINs to the card of a file, and kills it after so many answers. Resolves to
 * those that were seen before it was gone.
 */
export async function guessUntilKilled(
  program: string,
  card: { readonly file: string; readonly key: Buffer },
  answers: number,
): Promise<string[]> {
  const args = [join(import.meta.dirname, program), card.file, card.key.toString('hex')]
  const guesser = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(guesser, 'exit')
  const seen: string[] = []
  for await (const line of createInterface({ input: guesser.stdout })) {
    seen.push(line)
    if (seen.length === answers) guesser.kill('SIGKILL')
  }
  await exited
  return seen
}
