import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import type { Configuration } from '../../config/configuration.ts'
import { createLogger } from '../environment/create-logger.ts'
import { demoAccountsFile } from '../organisation/import-demo.ts'
import { version } from '../version.ts'
import { type RunningServer, startServer } from './start-server.ts'

/** `cardinal serve`: runs until it is told to stop, then lets the calls in flight finish. */
export async function serve(configuration: Configuration): Promise<void> {
  const logger = createLogger(configuration.logLevel)
  const server = await startServer(configuration, logger)
  process.stdout.write(banner(server))
  // Otherwise only a process that ends by itself keeps its stripped and compiled modules for the next start.
  flushCompileCache()
  const signal = await toldToStop()
  logger.info({ signal }, `stops: calls in flight have ${configuration.shutdownGraceSeconds} s to finish`)
  await closeWithin(server, configuration.shutdownGraceSeconds)
  logger.info('stopped')
}

function banner({ url, configuration }: RunningServer): string {
  const { api, dataDir } = configuration
  const demo = existsSync(demoAccountsFile(configuration))
  const lines = [
    `Cardinal ${version} serves on ${url}`,
    '',
    `  API            ${url}/${api.virtualDirectory}/api/v1.0${api.enabled ? '' : ' (switched off)'}`,
    `  Documentation  ${url}/docs`,
    `  Data           ${dataDir}`,
    demo
      ? `  Sign in        with a name and password from ${demoAccountsFile(configuration)}`
      : '  Sign in        with an account that "cardinal init" or "cardinal import" made',
    ...(demo ? ['  Try it         npm run walkthrough'] : []),
  ]
  return `${lines.join('\n')}\n`
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
