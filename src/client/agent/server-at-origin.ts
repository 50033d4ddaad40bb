import { AgentError } from './agent-error.ts'

/**
 * The address of the Cardinal server that a page names, which is at the page's own origin: no page sends the agent anywhere
 * that the page itself could not go.
 *
 * @throws AgentError foreign-server
 */
export function serverAtOrigin(server: string, origin: string): string {
  const url = URL.canParse(server) ? new URL(server) : null
  const isPlain =
    url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (isPlain && url.origin === origin) return url.href
  throw new AgentError(
    'foreign-server',
    `The server must be at the page's own origin, ${origin}, with at most a path behind it.`,
  )
}
