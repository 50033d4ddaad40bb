import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { EnrollmentRun } from '../../client/enrollment/enrollment-run.ts'
import type { CertificateTarget } from '../../client/enrollment/issue-certificates-to.ts'
import type { Journal, JournalTarget, NssLocation, Pkcs11Location } from '../../client/enrollment/journal.ts'
import { findPkcs11Token, nameOf } from '../../client/software/find-pkcs11-token.ts'
import { NssDatabase, requireNssDatabase } from '../../client/software/nss-database.ts'
import { nssTarget } from '../../client/software/nss-target.ts'
import { pkcs11Target } from '../../client/software/pkcs11-target.ts'
import { Pkcs11Token } from '../../client/software/pkcs11-token.ts'
import { askSecret, hasTerminal } from '../terminal/ask.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { PinValues, SoftwareValues } from './enrollment-options.ts'
import { requireNotRefused } from './terminal-person.ts'

/** Where programs other than this one keep keys and certificates. */
export type KeyStoreLocation = Pkcs11Location | NssLocation

const pinInstead = 'Give --pin-file FILE ("-" reads it from the input).'

/** null where the options name no such place. Throws UsageError. */
export function keyStoreOf(values: SoftwareValues): KeyStoreLocation | null {
  const { 'pkcs11-module': module, token, 'key-label': label, authorities = false, nss, nickname } = values
  if (module === undefined && (token !== undefined || label !== undefined || authorities)) {
    throw new UsageError('--token, --key-label and --authorities go with --pkcs11-module.')
  }
  if (nss === undefined && nickname !== undefined) throw new UsageError('--nickname goes with --nss.')
  if (module !== undefined) {
    return {
      kind: 'pkcs11',
      // A bare name is looked for where the system has its libraries.
      module: /[/\\]/.test(module) ? resolve(module) : module,
      token: token ?? null,
      label: label ?? null,
      withAuthorities: authorities,
    }
  }
  if (nss === undefined) return null
  if (process.platform === 'win32') {
    throw new UsageError('--nss works on Linux and macOS. Take --pkcs12, and import the file.')
  }
  if (nickname?.includes(':')) {
    throw new UsageError('A nickname has no colon: NSS takes what stands before it for the name of a token.')
  }
  return { kind: 'nss', directory: resolve(nss.replace(/^sql:/, '')), nickname: nickname ?? null }
}

export function isKeyStore(target: JournalTarget): target is KeyStoreLocation {
  return target.kind === 'pkcs11' || target.kind === 'nss'
}

/** Whether a request has made a key that only its cancellation deletes. */
export function hasKeyInStore({ target, certificates }: Pick<Journal, 'target' | 'certificates'>): boolean {
  return isKeyStore(target) && certificates.length > 0
}

/**
 * Opens the token or the database, with a look at whether it can be used. A database is tried with its password; a token is
 * only once its key is to be made, as it counts wrong PINs. Throws UsageError, EnrollmentError, CardError.
 */
export async function openKeyStore(
  location: KeyStoreLocation,
  values: SoftwareValues & PinValues,
  run: EnrollmentRun,
): Promise<CertificateTarget> {
  if (location.kind === 'pkcs11') return await openToken(location, values, run)
  requireNssDatabase(location.directory)
  const database = new NssDatabase({
    directory: location.directory,
    environment: process.env,
    askPassword: () => askNssPassword(values, location.directory),
    noteProgram: program => run.keeper.record({ program }),
    randomBytes,
  })
  await database.open()
  return nssTarget(run, database, location)
}

/** Before a request is made that could not be gone on with. Throws UsageError where there is nobody to ask for a token's PIN. */
export function requirePinSource(location: KeyStoreLocation, values: PinValues): void {
  if (location.kind !== 'pkcs11' || values['pin-file'] !== undefined || hasTerminal()) return
  throw new UsageError(`There is no terminal to ask for the PIN of the token at. ${pinInstead}`)
}

/** Removes what an interrupted request has made there. Resolves to sentences for people. Throws as `openKeyStore`. */
export async function discardKeys(
  values: SoftwareValues & PinValues,
  run: EnrollmentRun,
): Promise<readonly string[]> {
  const { target } = run.keeper.journal
  if (!isKeyStore(target)) return []
  const isTouched = target.kind === 'nss' ? target.earlierKeyIds : target.serialNumber
  if (isTouched === undefined) return []
  const { discard } = await openKeyStore(target, values, run)
  return discard === undefined ? [] : await discard()
}

async function openToken(
  location: Pkcs11Location,
  values: PinValues,
  run: EnrollmentRun,
): Promise<CertificateTarget> {
  const module = { path: location.module, environment: process.env }
  const found = await findPkcs11Token(module, location.serialNumber ?? location.token)
  if (location.serialNumber === undefined) {
    await run.keeper.record({ target: { ...location, serialNumber: found.serialNumber } })
  }
  const token = new Pkcs11Token({
    module,
    slotId: found.slotId,
    tokenLabel: found.label,
    askPin: () => askTokenPin(values, found.label, run),
    noteProgram: program => run.keeper.record({ program }),
  })
  return pkcs11Target(run, token, location)
}

async function askTokenPin(
  { 'pin-file': pinFile }: PinValues,
  label: string,
  { keeper }: EnrollmentRun,
): Promise<string> {
  if (pinFile === undefined) return await askSecret(`PIN of the token ${nameOf(label)}: `, pinInstead)
  await requireNotRefused(keeper, pinFile, 'token')
  return await readPassword(pinFile, '--pin-file')
}

async function askNssPassword(
  { 'nss-password-file': file }: SoftwareValues,
  directory: string,
): Promise<string> {
  if (file !== undefined) return await readPassword(file, '--nss-password-file')
  return await askSecret(
    `Password of the NSS database ${directory}: `,
    'Give --nss-password-file FILE ("-" reads it from the input).',
  )
}
