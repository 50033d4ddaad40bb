import { HiddenInput } from '../terminal/hidden-input.ts'
import { UsageError } from '../usage-error.ts'

/** Asks for a new password at the terminal, twice, and shows nothing of it. Throws UsageError. */
export async function askNewPassword(account: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'There is no terminal to ask for the password. Use --password-file FILE ("-" reads it from the input) or --generate-password.',
    )
  }
  const input = new HiddenInput()
  try {
    const password = await input.ask(`New password for ${account}: `)
    const again = await input.ask('Once more: ')
    if (password !== again) throw new UsageError('The two differ; nothing was changed.')
    return password
  } finally {
    input.close()
  }
}
