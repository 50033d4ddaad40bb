import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Settings, spawnCardinal } from '../testbed/server.ts'

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `cardinal` to its end. */
export function runCardinal(args: readonly string[], settings: Settings): Promise<CommandResult> {
  return resultOf(spawnCardinal(args, settings))
}

/** Runs a program that is not ours to its end. */
export function run(program: string, ...args: readonly string[]): Promise<CommandResult> {
  return resultOf(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** What a program says until it ends. */
export async function resultOf(child: ReturnType<typeof spawnCardinal>): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
