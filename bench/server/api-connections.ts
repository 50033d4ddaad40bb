import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Calls over connections that stay open, with as little work on the client's side as possible. */
export interface ApiConnections extends Disposable {
  /** @throws Error for an answer that is no success */
  call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>
  /** Does the work for each item, with as many at once as there are connections. */
  forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void>
  /** The Cookie header of the session. */
  readonly cookie: string
}

/** Signs in once, by name and password, and goes on with the session's cookie. */
export async function openConnections(options: {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly connections: number
}): Promise<ApiConnections> {
  const { url, connections } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const api = `${url}/CertificateManagement/api`
  const send = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const json = body === undefined ? null : JSON.stringify(body)
    const type = json === null ? {} : { 'content-type': 'application/json' }
    const outgoing = request(`${api}/${path}`, { method, agent, headers: { ...headers, ...type } })
    outgoing.end(json)
    const [response] = await once(outgoing, 'response')
    const answer = await text(response)
    if (response.statusCode >= 300) {
      throw new Error(`${method} ${path} was answered ${response.statusCode}: ${answer}`)
    }
    return { answer, response }
  }
  const credentials = Buffer.from(`${options.user}:${options.password}`).toString('base64')
  const signIn = await send('POST', 'v2.0/session', { authorization: `Basic ${credentials}` })
  const cookie = String(signIn.response.headers['set-cookie']).split(';', 1)[0] ?? ''
  return {
    cookie,
    async call(method, path, body) {
      return JSON.parse((await send(method, path, { cookie }, body)).answer)
    },
    async forEach(items, work) {
      const left = items[Symbol.iterator]()
      const workOn = async () => {
        for (const item of left) await work(item)
      }
      await Promise.all(Array.from({ length: connections }, workOn))
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}
