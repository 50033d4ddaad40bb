import { keepYoungGenerationSmall } from '../../src/cli/server/keep-young-generation-small.ts'
import type { SignInAnswer } from '../../src/workflows/ports/authenticator.ts'

/*
 * The product on the data folder of another server, with one difference: whoever calls is Alice, and nothing is looked
 * at. What signing in costs is measured against it.
 */
keepYoungGenerationSmall()
// Only now, as in the product: what loading leaves behind decides how often the collector runs later.
const { createLogger } = await import('../../src/cli/environment/create-logger.ts')
const { openEnvironment } = await import('../../src/cli/environment/open-environment.ts')
const { readConfiguration } = await import('../../src/config/read-configuration.ts')
const { readFileIfPresent } = await import('../../src/config/read-file-if-present.ts')
const { everyScope } = await import('../../src/domain/scope.ts')
const { createApplication } = await import('../../src/http/application.ts')
const { resolvePrincipal } = await import('../../src/identity/principal.ts')
const configuration = readConfiguration({
  environment: process.env,
  readFile: readFileIfPresent,
  argumentsFile: undefined,
})
const logger = createLogger(configuration.logLevel)
const environment = await openEnvironment(configuration, 'http://127.0.0.1', logger)
const { directory, store } = environment
const alice = await directory.findUserByName('alice')
if (alice === null) throw new Error('The demo organisation has no alice.')
const principal = await resolvePrincipal(alice, directory, await store.reader.listRoleAssignments())
const answer: SignInAnswer = {
  signedIn: { user: alice, principal, scheme: 'session', scopes: everyScope, sessionUuid: null },
  challenge: null,
  sessionToken: null,
}
const { api, listen } = configuration
const app = createApplication({
  environment,
  authenticator: {
    challengesAfter: () => [],
    signIn: async () => answer,
    beginSession: async () => '',
    endSession: async () => undefined,
  },
  browserSignIn: null,
  logger,
  apiEnabled: true,
  virtualDirectory: api.virtualDirectory,
  traceVerbosity: api.traceVerbosity,
  bodyLimit: listen.bodyLimitBytes,
  requestTimeout: listen.requestTimeoutSeconds * 1000,
  trustProxy: false,
  secureCookies: false,
  https: null,
  healthChecks: {},
  version: 'without signing in',
})
process.stdout.write(`serves on ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.once('SIGTERM', async () => {
  await app.close()
  await environment.close()
})
