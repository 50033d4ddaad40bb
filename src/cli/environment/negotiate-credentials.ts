import type { ApiCredentials } from '../../client/library/api-credentials.ts'
import { KerberosAddonError, loadKerberosAddon } from '../../identity/negotiate/kerberos-addon.ts'
import { UsageError } from '../usage-error.ts'

/** Signs in with the Kerberos tickets of whoever runs this, as `kinit` or a sign-in to the domain left them. */
export function negotiateCredentials(url: string): ApiCredentials {
  const service = `HTTP@${new URL(url).hostname}`
  return { authorize: () => authorize(service) }
}

/** @throws UsageError */
async function authorize(service: string): Promise<string> {
  try {
    const kerberos = await loadKerberosAddon()
    const client = await kerberos.initializeClient(service, { mechOID: kerberos.GSS_MECH_OID_SPNEGO })
    return `Negotiate ${await client.step('')}`
  } catch (error) {
    if (error instanceof KerberosAddonError) throw new UsageError(error.message)
    const said = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `There is no Kerberos ticket for ${service}. Sign in with kinit first; klist shows what is there. (${said})`,
    )
  }
}
