import type { Configuration } from '../../config/configuration.ts'

/**
 * Whether browsers are to send cookies over TLS alone: where we have it, whatever the public address is, for that may be
 * a plain one for the sake of revocation lists; and where a proxy ends it, by whose address browsers know this server.
 */
export function areCookiesSecure({ listen }: Pick<Configuration, 'listen'>, publicUrl: string): boolean {
  return listen.tls !== undefined || publicUrl.startsWith('https:')
}
