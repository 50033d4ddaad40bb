import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cardinalCommand } from '../testbed/server.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))
const { PATH = '' } = process.env

/** `cardinal` as an installed command, and `npm` as though in the checkout; the path of their folder. */
export async function writeCommands(folder: string): Promise<string> {
  const commands = path.join(folder, 'commands')
  await mkdir(commands)
  const write = async (name: string, line: string) => {
    await writeFile(path.join(commands, name), `#!/bin/sh\n${line}\n`)
    await chmod(path.join(commands, name), 0o755)
  }
  await write('cardinal', `exec '${process.execPath}' '${cardinalCommand}' "$@"`)
  await write('npm', `PATH='${PATH}' exec npm --prefix '${checkout}' --silent "$@"`)
  return commands
}
