import type { Configuration, OpenIdConnectConfiguration } from '../../config/configuration.ts'
import { qualifiedAccountName } from '../../domain/directory-user.ts'
import { resolvePrincipal } from '../../identity/principal.ts'
import { createLogger } from '../environment/create-logger.ts'
import { openEnvironment } from '../environment/open-environment.ts'
import { explainSignInFault } from './auth-test-fault.ts'
import { printSection } from './auth-test-section.ts'
import { createOpenIdConnect } from './create-open-id-connect.ts'

/** Says whom the token signs in; returns why it does not. */
export async function testToken(
  configuration: Configuration,
  openIdConnect: OpenIdConnectConfiguration,
  publicUrl: string,
  token: string,
): Promise<string | null> {
  const environment = await openEnvironment(configuration, publicUrl, createLogger('warn'))
  try {
    const { accessTokens } = await createOpenIdConnect(openIdConnect, environment, publicUrl)
    if (accessTokens === null)
      return 'The token was not tried: no access tokens are taken without openIdConnect.audience.'
    const { user, groupSids } = await accessTokens.identify(token)
    const { store, directory } = environment
    const assignments = await store.reader.listRoleAssignments()
    const { roles } = await resolvePrincipal(user, directory, assignments, groupSids)
    printSection('The token signs in', [
      ['account', qualifiedAccountName(user)],
      ['name', user.displayName],
      ['uuid', user.uuid],
      ['sid', user.sid],
      ['groups of the token', groupSids === undefined ? 'none' : [...groupSids].join(', ')],
      ['roles', [...roles].sort().join(', ') || 'none: see docs/organisation.md'],
    ])
    return null
  } catch (error) {
    return `The token is refused: ${explainSignInFault(error)}`
  } finally {
    await environment.close()
  }
}
