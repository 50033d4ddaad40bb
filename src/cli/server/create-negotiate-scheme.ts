import { join } from 'node:path'
import type { Configuration, NegotiateConfiguration } from '../../config/configuration.ts'
import type { AuthorizationScheme } from '../../identity/authentication-scheme.ts'
import {
  type ChannelBindingCheck,
  createChannelBindingCheck,
} from '../../identity/negotiate/channel-binding.ts'
import { createGssapiAcceptor } from '../../identity/negotiate/gssapi-acceptor.ts'
import { faultOfServiceKeys } from '../../identity/negotiate/kerberos/service-keys.ts'
import { createNegotiateScheme } from '../../identity/negotiate/negotiate-scheme.ts'
import { createTicketOpener } from '../../identity/negotiate/ticket-opener.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import { cannotWork, type KerberosUse, loadAddonFor, readKeytabFor } from '../environment/kerberos-use.ts'
import { createExpectedChannelBindings } from './expected-channel-bindings.ts'
import type { TlsOptions } from './read-tls-files.ts'

/**
 * Signing in by Negotiate, as it is configured.
 *
 * The Kerberos library reads where its keytab and its replay cache lie from the environment of the process and takes
 * them from nowhere else, so both are set there. The cache lies with the data, not in a folder that other programs and
 * their settings share: without it no token could be refused the second time.
 *
 * @param https what the server serves TLS with; null where it has none
 * @throws UsageError where it cannot work: whoever configured it must not find out at the first sign-in
 */
export async function createConfiguredNegotiateScheme(
  negotiate: NegotiateConfiguration,
  { dataDir }: Pick<Configuration, 'dataDir'>,
  directory: Pick<Directory, 'findUserByName' | 'findUserBySid'>,
  https: TlsOptions | null,
): Promise<AuthorizationScheme> {
  const { keytabFile, servicePrincipal } = negotiate
  const use: KerberosUse = { purpose: 'Negotiate', keytabFile, setting: 'CARDINAL_NEGOTIATE_KEYTAB_FILE' }
  const fault = faultOfServiceKeys(await readKeytabFor(use), servicePrincipal)
  if (fault !== null) {
    throw cannotWork(
      use,
      `the keytab ${keytabFile} ${fault}. Make a keytab for the service principal of this server, HTTP/ and its host name.`,
    )
  }
  const addon = await loadAddonFor(use)
  Object.assign(process.env, {
    KRB5_KTNAME: `FILE:${keytabFile}`,
    KRB5RCACHENAME: `file2:${join(dataDir, 'kerberos-replay-cache')}`,
  })
  return createNegotiateScheme({
    acceptor: createGssapiAcceptor(addon),
    directory,
    servicePrincipal,
    requiresSid: negotiate.privilegeAttributes === 'require',
    openTicket: createTicketOpener(() => readKeytabFor(use)),
    checkChannelBinding: await channelBindingCheckOf(negotiate, https),
  })
}

async function channelBindingCheckOf(
  { channelBinding, channelBindingCertificateFiles }: NegotiateConfiguration,
  https: TlsOptions | null,
): Promise<ChannelBindingCheck | null> {
  if (channelBinding === 'off') return null
  return createChannelBindingCheck({
    policy: channelBinding,
    expectedBindings: await createExpectedChannelBindings({
      servedCertificates: https?.cert.toString('latin1') ?? null,
      certificateFiles: channelBindingCertificateFiles,
    }),
  })
}
