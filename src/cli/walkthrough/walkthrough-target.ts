import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trustCertificationAuthorities } from '../../client/trusted-authorities.ts'
import type { Configuration } from '../../config/configuration.ts'
import { createLogger } from '../environment/create-logger.ts'
import { startServer } from '../server/start-server.ts'

export interface WalkthroughTarget {
  readonly url: string
  /** Where the passwords of the demo accounts lie. */
  readonly dataDir: string
  /** Where certificates go unless somebody says where: those of a throwaway server must not replace those of another. */
  readonly resultFolder: string
  close(): Promise<void>
}

/** The server that the configuration describes, or a throwaway one where that does not run. */
export async function findOrStartServer(
  configuration: Configuration,
  quiet: boolean,
): Promise<WalkthroughTarget> {
  const { host, port, tls } = configuration.listen
  // Whoever configured the server's certificate trusts it, though it may be signed by itself.
  if (tls !== undefined) trustCertificationAuthorities(await readFile(tls.certificateFile, 'utf8'))
  const url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (port !== 0 && (await answers(url))) {
    return runningTarget(url, configuration.dataDir)
  }
  if (!quiet)
    process.stdout.write(`No server answers at ${url}; one is started for the walkthrough alone.\n\n`)
  return await startThrowawayServer(configuration)
}

/** A server that goes on running. */
export function runningTarget(url: string, dataDir: string): WalkthroughTarget {
  return { url, dataDir, resultFolder: join(dataDir, 'walkthrough'), close: async () => undefined }
}

/** A server with a data folder of its own: certificates made by the way must not stand in anybody's books. */
async function startThrowawayServer(configuration: Configuration): Promise<WalkthroughTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cardinal-walkthrough-'))
  const remove = () => rm(dataDir, { recursive: true, force: true })
  try {
    const server = await startServer(
      {
        ...configuration,
        dataDir,
        database: { kind: 'sqlite', file: join(dataDir, 'cardinal.sqlite') },
        keyEncryption: { kind: 'generated-key-file', file: join(dataDir, 'secrets', 'key-encryption.key') },
        demo: true,
        ldap: undefined,
      },
      createLogger('warn'),
    )
    return {
      url: server.url,
      dataDir,
      resultFolder: join(configuration.dataDir, 'walkthrough-throwaway'),
      close: () => server.close().finally(remove),
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}
