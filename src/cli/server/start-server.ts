import { createServer } from 'node:net'
import type { Logger } from 'pino'
import type { Configuration } from '../../config/configuration.ts'
import { createApplication } from '../../http/application.ts'
import { type OpenEnvironment, openEnvironment } from '../environment/open-environment.ts'
import { demoAccountsFile, importDemo } from '../organisation/import-demo.ts'
import { UsageError } from '../usage-error.ts'
import { version } from '../version.ts'
import { areCookiesSecure } from './are-cookies-secure.ts'
import { createOpenIdConnect } from './create-open-id-connect.ts'
import { createServerAuthenticator } from './create-server-authenticator.ts'
import { healthChecksOf } from './health-checks.ts'
import { readClientAuthorities } from './read-client-certificate-files.ts'
import { readTlsFiles, type TlsOptions } from './read-tls-files.ts'
import { scheduleDirectoryLook } from './schedule-directory-look.ts'
import { scheduleDirectoryPublication } from './schedule-directory-publication.ts'
import { scheduleMinuteWork } from './schedule-minute-work.ts'
import { watchOverDatabase } from './watch-over-database.ts'

export interface RunningServer {
  readonly url: string
  /** Ends it: the calls in flight finish, within the grace time. */
  close(): Promise<void>
}

/** Opens everything, finishes what a crash left behind, and listens. */
export async function startServer(configuration: Configuration, logger: Logger): Promise<RunningServer> {
  const { listen } = configuration
  const port = listen.port === 0 ? await freePort(listen.host) : listen.port
  const scheme = listen.tls === undefined ? 'http' : 'https'
  const url = `${scheme}://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`
  const publicUrl = configuration.publicUrl ?? url
  const environment = await openEnvironment(configuration, publicUrl, logger)
  const claim = await watchOverDatabase(configuration, environment.store, logger)
  try {
    if (configuration.demo) await importDemo(environment, demoAccountsFile(configuration))
    const minuteWork = await scheduleMinuteWork(environment, configuration, logger)
    const application = await createServerApplication(configuration, environment, publicUrl, logger)
    await application
      .listen({ host: listen.host, port, listenTextResolver: () => `listens at ${url}` })
      .catch((error: unknown) => {
        throw listenFailure(error, `${listen.host}:${port}`)
      })
    const directoryLook = environment.ldap && scheduleDirectoryLook(environment, environment.ldap, logger)
    const publication = environment.ldap && scheduleDirectoryPublication(environment, environment.ldap)
    return {
      url,
      async close() {
        await application.close()
        await minuteWork.stop()
        await publication?.stop()
        await directoryLook?.stop()
        await environment.close()
        claim.release()
      },
    }
  } catch (error) {
    await environment.close()
    claim.release()
    throw error
  }
}

async function createServerApplication(
  configuration: Configuration,
  environment: OpenEnvironment,
  publicUrl: string,
  logger: Logger,
) {
  const { api, listen, signIn } = configuration
  const openIdConnect =
    signIn.openIdConnect === undefined
      ? null
      : await createOpenIdConnect(signIn.openIdConnect, environment, publicUrl)
  const https = await tlsOptionsOf(configuration, environment)
  return createApplication({
    environment,
    authenticator: await createServerAuthenticator(
      configuration,
      environment,
      { accessTokens: openIdConnect?.accessTokens ?? null, https },
      logger,
    ),
    browserSignIn: openIdConnect?.browserSignIn ?? null,
    logger,
    apiEnabled: api.enabled,
    virtualDirectory: api.virtualDirectory,
    traceVerbosity: api.traceVerbosity,
    bodyLimit: listen.bodyLimitBytes,
    requestTimeout: listen.requestTimeoutSeconds * 1000,
    trustProxy: listen.trustProxy,
    secureCookies: areCookiesSecure(configuration, publicUrl),
    https,
    healthChecks: healthChecksOf(environment, signIn, openIdConnect?.provider ?? null),
    version,
  })
}

async function tlsOptionsOf(
  { listen: { tls }, signIn: { clientCertificate } }: Configuration,
  { certificationAuthority, rootAuthority }: OpenEnvironment,
): Promise<TlsOptions | null> {
  if (tls === undefined) return null
  if (clientCertificate === undefined) return await readTlsFiles(tls, null)
  return await readTlsFiles(tls, [
    certificationAuthority.certificate,
    rootAuthority.certificate,
    ...(await readClientAuthorities(clientCertificate.authoritiesFile)),
  ])
}

const listenFailures: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'is used by another program; stop that one, or set another port (CARDINAL_PORT)'],
  ['EACCES', 'may not be used by this account; set a port from 1024 on (CARDINAL_PORT)'],
  ['EADDRNOTAVAIL', 'is no address of this machine; set another one (CARDINAL_HOST)'],
])

function listenFailure(error: unknown, address: string): unknown {
  const reason = error instanceof Error && 'code' in error ? listenFailures.get(error.code) : undefined
  return reason === undefined ? error : new UsageError(`${address} ${reason}.`)
}

/** Certificates name the server's address, so that it is decided before the first of them is made. */
async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error(`No port is free on ${host}.`)
  return address.port
}
