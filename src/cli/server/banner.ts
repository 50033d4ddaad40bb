import type { Configuration } from '../../config/configuration.ts'

type Settings = Pick<Configuration, 'api' | 'dataDir' | 'ldap' | 'signIn'> & {
  readonly publicUrl: string | undefined
}

/** Where the walkthrough looks when nothing was configured. */
const defaultUrl = 'http://127.0.0.1:8080'

/**
 * What the server says once it listens.
 *
 * @param url where it listens
 * @param demoFile where passwords of the demo's accounts lie; null where none do
 */
export function bannerOf(url: string, settings: Settings, demoFile: string | null, version: string): string {
  const { api, dataDir, publicUrl = url } = settings
  const rows: (readonly [name: string, value: string])[] = [
    ...(publicUrl === url ? [] : [['Public URL', publicUrl] as const]),
    ['API', `${url}/${api.virtualDirectory}/api/v1.0${api.enabled ? '' : ' (switched off)'}`],
    ['Documentation', `${url}/docs`],
    ['Data', dataDir],
    ...waysIn(settings, publicUrl, demoFile).map((way, at) => [at === 0 ? 'Sign in' : '', way] as const),
  ]
  if (demoFile !== null && settings.signIn.basic) {
    rows.push(['Try it', `npm run walkthrough${url === defaultUrl ? '' : ` -- --url ${url}`}`])
  }
  const lines = rows.map(([name, value]) => `  ${name.padEnd(13)}  ${value}`)
  return `Cardinal ${version} serves on ${url}\n\n${lines.join('\n')}\n`
}

/** The ways that are on, one a line. API tokens are made by somebody who has signed in already. */
function waysIn({ signIn, ldap }: Settings, publicUrl: string, demoFile: string | null): string[] {
  const { negotiate, openIdConnect, clientCertificate, basic } = signIn
  const ways: string[] = []
  if (negotiate !== undefined) ways.push('with a Kerberos ticket')
  if (openIdConnect?.client !== undefined) ways.push(`by browser at ${publicUrl}/sign-in`)
  if (openIdConnect !== undefined && openIdConnect.audience.length > 0) {
    ways.push(`with an access token of ${openIdConnect.issuer}`)
  }
  if (clientCertificate !== undefined) ways.push('with a client certificate')
  if (basic) ways.push(`with a name and password ${origin(ldap !== undefined, demoFile)}`)
  return ways.length === 0 ? ['with an API token alone'] : ways
}

function origin(hasDirectory: boolean, demoFile: string | null): string {
  if (demoFile !== null) return `from ${demoFile}`
  if (hasDirectory) return 'of the directory'
  return 'that "cardinal init", "import" or "user add" gave'
}
