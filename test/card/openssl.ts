import { spawnSync } from 'node:child_process'

/** Runs the openssl command line, an implementation that is not ours, and returns what it writes. */
export function openssl(commandLine: readonly string[], input: Uint8Array = new Uint8Array()): Buffer {
  const { status, stdout, stderr, error } = spawnSync('openssl', commandLine, { input })
  if (error) throw error
  if (status !== 0) throw new Error(`openssl ${commandLine[0]} failed: ${stderr}${stdout}`)
  return stdout
}
