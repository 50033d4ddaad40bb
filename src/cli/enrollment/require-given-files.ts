import { requireOptionFiles } from '../terminal/require-option-files.ts'
import { UsageError } from '../usage-error.ts'
import type { CardValues, PinValues, SignInValues, SoftwareValues } from './enrollment-options.ts'
import { softwareTargetOf } from './software-place.ts'

const fileOptions = [
  'ca',
  'password-file',
  'token-file',
  'cookie-file',
  'pin-file',
  'passphrase-file',
  'pkcs12-password-file',
  'nss-password-file',
  'csr',
] as const

/** Before a request is made, and a card bound to it. Throws UsageError. */
export async function requireGivenFiles(
  values: SignInValues & CardValues & SoftwareValues & PinValues,
): Promise<void> {
  const isForNoCard = values.reader !== undefined || softwareTargetOf(values) !== null
  if (isForNoCard && values['passphrase-file'] !== undefined) throw passphraseForNothing()
  await requireOptionFiles(Object.fromEntries(fileOptions.map(name => [name, values[name]])))
}

export function passphraseForNothing(): UsageError {
  return new UsageError(
    '--passphrase-file opens a virtual card: give it with --virtual NAME, or leave it out.',
  )
}
