import assert from 'node:assert/strict'
import type { ReaderShell } from '../testbed/reader-shell.ts'
import { type DocumentedCommand, documentedCommands } from './documented-commands.ts'
import { shapeOf } from './documented-shape.ts'

/** The part of a page below a heading, down to the next one of its level or above. */
export function sectionOf(page: string, heading: string): string {
  // What begins with # within a block of code is a comment.
  const headings = [...page.matchAll(/^```[\s\S]*?^```$|^(#+) (.*)$/gm)].filter(
    ([, marks]) => marks !== undefined,
  )
  const start = headings.findIndex(([, , text]) => text === heading)
  const [, level = ''] = headings[start] ?? []
  if (level === '') throw new Error(`The page has no heading ${heading}.`)
  const end = headings.find(([, marks = ''], at) => at > start && marks.length <= level.length)
  return page.slice(headings[start]?.index, end?.index)
}

export interface RecipeOptions {
  readonly shell: ReaderShell
  /** What the reader types where a command asks, by what the command begins with. */
  readonly typed: Readonly<Record<string, () => string | Promise<string>>>
  /** Other words for those of the page: what is at another address here. */
  readonly substitutions?: Readonly<Record<string, string>>
}

export interface Followed {
  readonly documented: DocumentedCommand
  /** In the words of the page. */
  readonly output: string
}

/** Runs a section's commands one after another, as a reader would. */
export async function* followRecipe(section: string, options: RecipeOptions): AsyncGenerator<Followed> {
  for (const documented of documentedCommands(section)) {
    yield { documented, output: await follow(documented, options) }
  }
}

/** Fails where a command does not succeed, or says something else than the page shows. */
export async function assertRecipe(section: string, options: RecipeOptions): Promise<void> {
  let count = 0
  for await (const { documented, output } of followRecipe(section, options)) {
    assert.equal(shapeOf(output), shapeOf(documented.output), documented.command)
    count += 1
  }
  assert.ok(count > 0, 'The section has no commands.')
}

async function follow(documented: DocumentedCommand, options: RecipeOptions): Promise<string> {
  const { shell, typed, substitutions = {} } = options
  const substitute = (text: string) =>
    Object.entries(substitutions).reduce((result, [from, to]) => result.replaceAll(from, to), text)
  const restore = (text: string) =>
    Object.entries(substitutions).reduce((result, [from, to]) => result.replaceAll(to, from), text)
  const command = substitute(documented.command)
  const [, shown] = /^cat ([\w./-]+)$/.exec(command) ?? []
  if (shown !== undefined && (await shell.run(`test -e ${shown}`)).code !== 0) {
    // What the reader's own file is to hold.
    await shell.run(`cat > ${shown}`, substitute(documented.output))
  }
  if (command === 'cardinal serve') return restore(await shell.serve(command))
  const answer = Object.entries(typed).find(([beginning]) => documented.command.startsWith(beginning))
  const { output, code } = await shell.run(command, await answer?.[1]())
  assert.equal(code, 0, `${documented.command}\n${output}`)
  return restore(output)
}
