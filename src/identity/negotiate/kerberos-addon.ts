import { existsSync } from 'node:fs'

/** The optional package that calls the machine's Kerberos library. */
export type KerberosAddon = typeof import('kerberos')

/** The package cannot be used here; the message says what to do. */
export class KerberosAddonError extends Error {
  override readonly name = 'KerberosAddonError'
}

/** @throws KerberosAddonError */
export async function loadKerberosAddon(): Promise<KerberosAddon> {
  try {
    return await import('kerberos')
  } catch (error) {
    throw new KerberosAddonError(adviceFor(error), { cause: error })
  }
}

/** Whether it was built, told without loading it. */
export function isKerberosAddonBuilt(): boolean {
  try {
    return existsSync(new URL('../build/Release/kerberos.node', import.meta.resolve('kerberos')))
  } catch {
    return false
  }
}

function adviceFor(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const library = /Opening library (\S+) failed/.exec(message)?.[1]
  return library === undefined
    ? 'Kerberos needs the native add-on "kerberos", which is not built here. Run: npm run addon -- kerberos'
    : `Kerberos needs the library ${library}, which is not installed here. On Debian and Ubuntu: apt-get install libgssapi-krb5-2`
}
