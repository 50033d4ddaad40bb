import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CardFileSecret } from '../../client/card-reader/encrypted-card-file.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'
import type { HoldOptions } from './hold-in-reader.ts'
import { type PlugState, readPlugState } from './plug-state.ts'

const program = fileURLToPath(new URL('../cardinal.ts', import.meta.url))
const checkInterval = 50

/**
 * Starts a process of its own that keeps the card in the reader, and resolves once it does, or once it waits where that
 * was wished. The passphrase goes there through a pipe. Throws UsageError with what that process said.
 */
export async function plugInBackground(
  card: CardFiles,
  secret: CardFileSecret,
  { host, port, waits, isQuick }: HoldOptions,
): Promise<PlugState> {
  const passphrase = 'passphrase' in secret ? secret.passphrase : undefined
  const log = await open(card.logFile, 'w', 0o600)
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      program,
      ...['card', 'plug', '--file', card.file, '--vpcd', `${host}:${port}`],
      ...(waits ? ['--wait'] : []),
      ...(isQuick ? ['--quick'] : []),
      ...(passphrase === undefined ? [] : ['--passphrase-file', '-']),
    ],
    { detached: true, stdio: ['pipe', log.fd, log.fd] },
  )
  try {
    // A child that is gone already says why in its log.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(passphrase)
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new UsageError((await readFile(card.logFile, 'utf8')).trim().replace(/^.*cardinal: /s, ''))
      }
      const state = await readPlugState(card)
      if (state !== null && state.process === child.pid && (state.isInReader || waits)) {
        child.unref()
        return state
      }
      await setTimeout(checkInterval)
    }
  } finally {
    await log.close()
  }
}
