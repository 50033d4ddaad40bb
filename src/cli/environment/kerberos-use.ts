import { open } from 'node:fs/promises'
import {
  type KeytabEntry,
  KeytabError,
  longestKeytab,
  readKeytab,
} from '../../identity/negotiate/kerberos/keytab.ts'
import {
  type KerberosAddon,
  KerberosAddonError,
  loadKerberosAddon,
} from '../../identity/negotiate/kerberos-addon.ts'
import { UsageError } from '../usage-error.ts'

/** What Kerberos is configured for; whoever configured it learns at the start that it cannot work. */
export interface KerberosUse {
  /** As in `Negotiate`, which `cannot work`. */
  readonly purpose: string
  readonly keytabFile: string
  /** The variable that names the keytab. */
  readonly setting: string
}

/** Throws UsageError. */
export async function loadAddonFor(use: KerberosUse): Promise<KerberosAddon> {
  try {
    return await loadKerberosAddon()
  } catch (error) {
    throw error instanceof KerberosAddonError ? cannotWork(use, error.message) : error
  }
}

/** Throws UsageError. */
export async function readKeytabFor(use: KerberosUse): Promise<KeytabEntry[]> {
  const { keytabFile, setting } = use
  try {
    await using handle = await open(keytabFile, 'r')
    const { size } = await handle.stat()
    if (size > longestKeytab) throw new KeytabError(`It has more than ${longestKeytab} bytes.`)
    return readKeytab(await handle.readFile())
  } catch (error) {
    if (error instanceof KeytabError) throw cannotWork(use, `${keytabFile} is no keytab. ${error.message}`)
    const reason = error instanceof Error ? error.message : String(error)
    throw cannotWork(
      use,
      `the keytab cannot be read (${reason}). It must be there and readable for the account that runs the server ` +
        `(${setting}).`,
    )
  }
}

export function cannotWork({ purpose }: KerberosUse, why: string): UsageError {
  return new UsageError(`${purpose} cannot work: ${why}`)
}
