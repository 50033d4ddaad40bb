import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Pcscd } from '../../testbed/pcscd.ts'

/** A virtual card in a process of its own, in the reader of a PC/SC service. */
export interface InsertedCard {
  /** The path of a file of the test's own. */
  file(name: string): string
  /** The text that pkcs11-tool, gids-tool and the like print; fails where they do. */
  tool(program: string, ...args: readonly string[]): Promise<string>
  /** Ends the card's process at once, as a power cut would, and inserts the card again. */
  killAndInsert(): Promise<void>
}

const plugProgram = join(import.meta.dirname, 'plug-card.ts')

/**
 * Inserts a card that nobody has furnished yet, until the end of the test: a GIDS card, or the one that another program
 * plugs in.
 */
export async function insertNewCard(
  t: Pick<TestContext, 'after'>,
  pcscd: Pcscd,
  program = plugProgram,
  ...args: readonly string[]
): Promise<InsertedCard> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-card-'))
  const key = randomBytes(32).toString('hex')
  const insert = async (): Promise<ChildProcess> => {
    const inserted = pcscd.next('insertion')
    const card = pcscd.spawnInside(process.execPath, program, join(folder, 'card'), key, ...args)
    let complaints = ''
    card.stderr?.setEncoding('utf8').on('data', text => {
      complaints += text
    })
    card.stdout?.resume()
    const gone = once(card, 'exit').then(() => Promise.reject(new Error(`The card left: ${complaints}`)))
    await Promise.race([inserted, gone])
    gone.catch(() => undefined)
    return card
  }
  const end = async (card: ChildProcess, how: () => void) => {
    const removed = pcscd.next('removal')
    const exited = once(card, 'exit')
    how()
    await Promise.all([removed, exited])
  }
  let card = await insert()
  t.after(async () => {
    await end(card, () => card.stdin?.end())
    await rm(folder, { recursive: true })
  })
  return {
    file: name => join(folder, name),
    async tool(program, ...args) {
      const { status, stdout, stderr } = await pcscd.run(program, ...args)
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`)
      return stdout
    },
    async killAndInsert() {
      await end(card, () => card.kill('SIGKILL'))
      card = await insert()
    },
  }
}
