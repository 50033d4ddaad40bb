import { unwatchFile, watchFile } from 'node:fs'
import type { CardFileSecret } from '../../client/card-reader/encrypted-card-file.ts'
import { keepPlugged } from '../../client/virtual-card/keep-plugged.ts'
import { openVirtualCardFile } from '../../client/virtual-card/open-virtual-card-file.ts'
import { UsageError } from '../usage-error.ts'
import type { CardFiles } from './card-files.ts'
import { type PlugState, removePlugState, writePlugState } from './plug-state.ts'
import { ReaderWatch } from './reader-watch.ts'

export interface HoldOptions {
  readonly host: string
  readonly port: number
  readonly isQuick: boolean
  /** Whether a reader may come as late as it likes; otherwise it has a few seconds to be there. */
  readonly waits: boolean
  say(state: PlugState): void
}

const patience = 3_000
/** Milliseconds until the removal of the file is noticed, by which "cardinal card unplug" ends this. */
const watchInterval = 200

/**
 * Keeps a card in vpcd's reader until it is unplugged or the process is told to end; the reader may come and go meanwhile.
 * Throws UsageError where there is no reader, CardFileError, FileLockedError.
 */
export async function holdInReader(
  card: CardFiles,
  secret: CardFileSecret,
  options: HoldOptions,
): Promise<void> {
  const { host, port, isQuick } = options
  const virtualCard = await openVirtualCardFile(card.file, secret)
  const stop = new AbortController()
  const end = () => stop.abort()
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, end)
  const watch = await ReaderWatch.open()
  let isMissing = false
  const deadline = options.waits
    ? undefined
    : setTimeout(() => {
        isMissing = true
        end()
      }, patience)
  const report = async (isInReader: boolean, reader: string | null) => {
    if (stop.signal.aborted) return
    const state = { process: process.pid, vpcd: `${host}:${port}`, isInReader, reader }
    await writePlugState(card, state)
    options.say(state)
  }
  try {
    await report(false, null)
    watchFile(card.plugFile, { interval: watchInterval }, ({ nlink }) => {
      if (nlink === 0) end()
    })
    await keepPlugged(virtualCard, {
      host,
      port,
      isQuick,
      signal: stop.signal,
      beforeAttempt: () => watch.remember(),
      async onPlugged() {
        clearTimeout(deadline)
        await report(true, await watch.newlyFilledReader(stop.signal))
      },
      onRemoved: () => report(false, null),
    })
  } finally {
    clearTimeout(deadline)
    unwatchFile(card.plugFile)
    for (const signal of signals) process.off(signal, end)
    await virtualCard.close()
    await removePlugState(card)
  }
  if (isMissing) {
    throw new UsageError(
      `No reader of vpcd waits for a card at ${host}:${port}. Start pcscd with the driver of vpcd (Debian: apt-get install pcscd vsmartcard-vpcd), or give --wait.`,
    )
  }
}
