import type { Logger } from 'pino'
import type { Configuration } from '../../config/configuration.ts'
import { createApiTokens } from '../../identity/api-token.ts'
import type { AuthorizationScheme } from '../../identity/authentication-scheme.ts'
import { createAuthenticator } from '../../identity/authenticator.ts'
import { type AccessTokens, createBearerScheme } from '../../identity/bearer-scheme.ts'
import { createBasicScheme } from '../../identity/passwords/basic-scheme.ts'
import { createDirectoryPasswordAccounts } from '../../identity/passwords/directory-password-accounts.ts'
import { createLocalPasswordAccounts } from '../../identity/passwords/local-password-accounts.ts'
import { createSessions } from '../../identity/session.ts'
import type { Authenticator } from '../../workflows/ports/authenticator.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'
import { systemTimer } from '../environment/system-timer.ts'
import { createConfiguredClientCertificateScheme } from './create-client-certificate-scheme.ts'
import { createConfiguredNegotiateScheme } from './create-negotiate-scheme.ts'
import { createRefusalLog } from './log-refusal.ts'
import type { TlsOptions } from './read-tls-files.ts'

/**
 * Puts the enabled ways of signing in together, the preferred one first.
 *
 * @param server what signing in depends on beside the environment: the tokens of the OpenID Connect provider, null where
 *   there are none, and the TLS that clients connect by, null where it does not end here
 */
export async function createServerAuthenticator(
  configuration: Configuration,
  environment: OpenEnvironment,
  { accessTokens, https }: { readonly accessTokens: AccessTokens | null; readonly https: TlsOptions | null },
  logger: Logger,
): Promise<Authenticator> {
  const { session } = configuration
  const { store, randomness, ldap } = environment
  const local = createLocalPasswordAccounts({ reader: store.reader, randomness })
  const { basic, negotiate, clientCertificate, separationOfDuties } = configuration.signIn
  const bearer = createBearerScheme({ apiTokens: createApiTokens(environment), accessTokens })
  const schemes: AuthorizationScheme[] = [
    ...(negotiate === undefined
      ? []
      : [await createConfiguredNegotiateScheme(negotiate, configuration, environment.directory, https)]),
    ...(accessTokens === null ? [] : [bearer]),
    ...(basic
      ? [
          createBasicScheme({
            ...environment,
            timer: systemTimer,
            accounts: ldap === null ? local : createDirectoryPasswordAccounts({ directory: ldap, local }),
          }),
        ]
      : []),
    // API tokens are for programs, which have theirs already: nobody who is asked to sign in begins with them.
    ...(accessTokens === null ? [bearer] : []),
  ]
  return createAuthenticator({
    ...environment,
    schemes,
    clientCertificates:
      clientCertificate === undefined
        ? null
        : await createConfiguredClientCertificateScheme(clientCertificate, environment),
    sessions: createSessions({
      ...environment,
      rules: { ...environment.sessionLimits, renewalSeconds: session.renewalMinutes * 60 },
    }),
    areDutiesSeparated: separationOfDuties,
    onRefusal: createRefusalLog({
      logger,
      clock: environment.clock,
      schedule: (work, milliseconds) => setTimeout(work, milliseconds).unref(),
    }),
  })
}
