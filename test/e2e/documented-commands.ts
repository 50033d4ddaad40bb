import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { cardinalCommand, type Settings } from '../testbed/server.ts'

const { PATH = '' } = process.env

export interface DocumentedCommand {
  readonly command: string
  readonly output: string
}

/** The commands of a page's `console` blocks, with the output that the page shows. */
export function documentedCommands(page: string): DocumentedCommand[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks.flatMap(block =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(text => {
        const end = text.indexOf('\n')
        return { command: text.slice(0, end), output: text.slice(end + 1) }
      }),
  )
}

/**
 * Runs a command of a page in this folder, and returns what a reader would see. `cat FILE` shows what the reader's own
 * file holds, so that it makes the file.
 */
export async function runDocumented(
  { command, output }: DocumentedCommand,
  folder: string,
  settings: Settings,
): Promise<string> {
  const file = /^cat ([\w.-]+)$/.exec(command)?.[1]
  if (file !== undefined) {
    await writeFile(path.join(folder, file), output)
    return output
  }
  const wrapper = path.join(folder, 'cardinal')
  await writeFile(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${cardinalCommand}' "$@"\n`)
  await chmod(wrapper, 0o700)
  const child = spawn('/bin/sh', ['-c', `${command} 2>&1`], {
    cwd: folder,
    env: { ...settings, PATH: `${folder}:${PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    seen += text
  })
  await once(child, 'close')
  return seen
}
