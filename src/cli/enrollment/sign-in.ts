import type { ApiCredentials } from '../../client/library/api-credentials.ts'
import type { CardinalClient } from '../../client/library/create-cardinal-client.ts'
import { trustCertificationAuthorities } from '../../client/trusted-authorities.ts'
import type { Configuration } from '../../config/configuration.ts'
import { connectClient } from '../connect-client.ts'
import { ask, askSecret } from '../terminal/ask.ts'
import { readOptionFile } from '../terminal/read-option-file.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import type { SignInValues } from './enrollment-options.ts'

export interface SignedIn {
  readonly client: CardinalClient
  /** `DOMAIN\name`. */
  readonly account: string
  readonly userUuid: string
}

/** Signs in at the server as the options say, and asks for what they leave out. Throws UsageError, CardinalApiError. */
export async function signIn(values: SignInValues, configuration: () => Configuration): Promise<SignedIn> {
  requireOneWay(values)
  const url = values.server ?? configuredUrl(configuration())
  if (values.ca !== undefined) trustCertificationAuthorities(await readOptionFile(values.ca, '--ca'))
  const client = connectClient(url, await credentialsOf(values, url))
  const { user } = await client.call('GET /v2.0/session')
  return { client, account: user.account, userUuid: user.uuid }
}

function requireOneWay(values: SignInValues): void {
  const ways = [
    values.negotiate,
    values['token-file'] !== undefined,
    values['cookie-file'] !== undefined,
    values.user !== undefined || values['password-file'] !== undefined,
  ]
  if (ways.filter(Boolean).length > 1) {
    throw new UsageError('Give one way to sign in: --user, --negotiate, --token-file or --cookie-file.')
  }
}

async function credentialsOf(values: SignInValues, url: string): Promise<ApiCredentials> {
  const { 'token-file': tokenFile, 'cookie-file': cookieFile, 'password-file': passwordFile } = values
  if (values.negotiate) {
    const { negotiateCredentials } = await import('../environment/negotiate-credentials.ts')
    return negotiateCredentials(url)
  }
  if (tokenFile !== undefined) return { token: await readPassword(tokenFile, '--token-file') }
  if (cookieFile !== undefined) return { cookie: await readPassword(cookieFile, '--cookie-file') }
  const user = values.user ?? (await ask('User name: ', 'Give --user NAME, or another way to sign in.'))
  const password =
    passwordFile === undefined
      ? await askSecret(`Password of ${user}: `, 'Give --password-file FILE ("-" reads it from the input).')
      : await readPassword(passwordFile, '--password-file')
  return { user, password }
}

function configuredUrl({ publicUrl, listen }: Configuration): string {
  const scheme = listen.tls === undefined ? 'http' : 'https'
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return publicUrl ?? `${scheme}://${host}:${listen.port}`
}
