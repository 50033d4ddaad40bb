import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import type { Configuration } from '../../config/configuration.ts'
import { createLogger } from '../environment/create-logger.ts'
import { demoAccountsFile } from '../organisation/import-demo.ts'
import { version } from '../version.ts'
import { bannerOf } from './banner.ts'
import { type RunningServer, startServer } from './start-server.ts'

/** `cardinal serve`: runs until it is told to stop, then lets the calls in flight finish. */
export async function serve(configuration: Configuration): Promise<void> {
  const logger = createLogger(configuration.logLevel)
  const server = await startServer(configuration, logger)
  // Whoever reads that it serves may tell it to stop at once.
  const told = toldToStop()
  const demoFile = demoAccountsFile(configuration)
  process.stdout.write(bannerOf(server.url, configuration, existsSync(demoFile) ? demoFile : null, version))
  // Otherwise only a process that ends by itself keeps its stripped and compiled modules for the next start.
  flushCompileCache()
  const signal = await told
  logger.info({ signal }, `stops: calls in flight have ${configuration.shutdownGraceSeconds} s to finish`)
  await closeWithin(server, configuration.shutdownGraceSeconds)
  logger.info('stopped')
}

/**
 * Whoever tells a whole group of processes, as a terminal and npm do, tells the server more than once: what comes later is
 * about the same stop, and does not cut it short.
 */
function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
  })
}

/** A call that does not end in time is cut off: the next start finishes what it left behind. */
async function closeWithin(server: RunningServer, seconds: number): Promise<void> {
  const cutOff = setTimeout(() => {
    process.stderr.write(`Calls still ran after ${seconds} s and were cut off.\n`)
    process.exit(1)
  }, seconds * 1000)
  await server.close()
  clearTimeout(cutOff)
}
