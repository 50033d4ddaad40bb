import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { EnrollmentRun } from '../../client/enrollment/enrollment-run.ts'
import type { CertificateTarget } from '../../client/enrollment/issue-certificates-to.ts'
import type { JournalTarget } from '../../client/enrollment/journal.ts'
import {
  pemTarget,
  pkcs12Target,
  requestFileTarget,
  withFurtherFiles,
} from '../../client/software/software-targets.ts'
import { requireNoFiles, requireNoFilesUnless } from '../require-no-files.ts'
import { askNewSecret } from '../terminal/ask.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { PinValues, SoftwareValues } from './enrollment-options.ts'
import {
  isKeyStore,
  type KeyStoreLocation,
  keyStoreOf,
  openKeyStore,
  requirePinSource,
} from './key-store-place.ts'

const fewestCharacters = 8

/** The options that name such places. */
export const softwarePlaces =
  '--pkcs12 FILE, --pkcs11-module FILE, --nss DIRECTORY, or --key or --csr with --certificate'

type SoftwareTarget = Extract<JournalTarget, { kind: 'pkcs12' | 'pem' | 'request-file' }> | KeyStoreLocation

/** Where keys and certificates in software go; null where the options name no such place. Throws UsageError. */
export function softwareTargetOf(values: SoftwareValues): SoftwareTarget | null {
  const { pkcs12, key, csr, certificate, 'pkcs11-module': module, nss } = values
  if ([pkcs12, key, csr, module, nss].filter(each => each !== undefined).length > 1) {
    throw new UsageError('Give one of --pkcs12, --key, --csr, --pkcs11-module and --nss.')
  }
  const keyStore = keyStoreOf(values)
  if (keyStore !== null && certificate === undefined) return keyStore
  if (pkcs12 !== undefined) return { kind: 'pkcs12', file: resolve(pkcs12) }
  if (certificate === undefined) {
    if (key === undefined && csr === undefined) return null
    throw new UsageError('Say where the certificate goes: --certificate FILE.')
  }
  if (key !== undefined) return { kind: 'pem', key: resolve(key), certificate: resolve(certificate) }
  if (csr !== undefined)
    return { kind: 'request-file', request: resolve(csr), certificate: resolve(certificate) }
  throw new UsageError('--certificate goes with --key or --csr.')
}

/**
 * To be asked before anything is issued that could not be written then. No file that may hold somebody's only key is written
 * over, also none that a second certificate's would go to; other ones are where that is agreed to. Throws UsageError.
 */
export function requireNoFile(
  target: JournalTarget,
  { yes, 'pin-out': pinOut }: PinValues & { readonly yes: boolean },
): void {
  if (target.kind === 'pkcs12') requireNoFiles([target.file, ...withFurtherFiles(`${target.file}.key`)])
  if (target.kind === 'pem') {
    requireNoFiles([...withFurtherFiles(target.key), ...withFurtherFiles(target.certificate)])
  }
  const others = [target.kind === 'request-file' ? target.certificate : undefined, pinOut]
  requireNoFilesUnless(
    yes,
    others.filter(file => file !== undefined),
  )
}

/** Throws UsageError, EnrollmentError, CardError. */
export async function openSoftwareTarget(
  target: SoftwareTarget,
  values: SoftwareValues & PinValues,
  run: EnrollmentRun,
): Promise<CertificateTarget> {
  const { description } = run
  if (isKeyStore(target)) {
    requirePinSource(target, values)
    return await openKeyStore(target, values, run)
  }
  if (target.kind === 'pem') return pemTarget(target, description)
  if (target.kind === 'request-file') return requestFileTarget(target)
  return pkcs12Target(target.file, await pkcs12Password(values), description, randomBytes)
}

export function isSoftware(target: JournalTarget): target is SoftwareTarget {
  return (
    target.kind === 'pkcs12' || target.kind === 'pem' || target.kind === 'request-file' || isKeyStore(target)
  )
}

async function pkcs12Password(values: SoftwareValues): Promise<string> {
  const { 'pkcs12-password-file': file } = values
  const fault = (password: string) =>
    [...password].length < fewestCharacters
      ? `The password of a PKCS#12 file has at least ${fewestCharacters} characters.`
      : null
  if (file === undefined) {
    return await askNewSecret(
      'Password of the PKCS#12 file: ',
      'Give --pkcs12-password-file FILE ("-" reads it from the input).',
      fault,
    )
  }
  const password = await readPassword(file, '--pkcs12-password-file')
  const wrong = fault(password)
  if (wrong !== null) throw new UsageError(wrong)
  return password
}
