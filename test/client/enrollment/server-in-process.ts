import {
  type CardinalClient,
  createCardinalClient,
} from '../../../src/client/library/create-cardinal-client.ts'
import { demoOrganisation, startServer } from '../../http/server.ts'

/** What the network does to a call: nothing, loses it on its way, or loses the answer. */
export type NetworkFault = (call: number) => 'none' | 'lost' | 'unanswered'

export interface EnrollmentBench {
  /** A client that repeats nothing. */
  clientOf(account: string, fault?: NetworkFault): CardinalClient
}

/** The product's own HTTP interface in this process, without a socket. */
export async function startBench(
  t: { after(hook: () => Promise<void>): void },
  change: (
    file: Awaited<ReturnType<typeof demoOrganisation>>,
  ) => Awaited<ReturnType<typeof demoOrganisation>> = file => file,
): Promise<EnrollmentBench> {
  const server = await startServer({}, change(await demoOrganisation()))
  t.after(async () => {
    await server[Symbol.asyncDispose]()
  })
  server.clock.at = new Date()
  return {
    clientOf(account, fault = () => 'none') {
      let calls = 0
      const inject: typeof fetch = async (input, init) => {
        const { pathname, search } = new URL(String(input))
        const what = fault(calls++)
        if (what === 'lost') throw new TypeError('fetch failed')
        const answer = await server.app.inject({
          method: init?.method === 'POST' || init?.method === 'PUT' ? init.method : 'GET',
          url: `${pathname}${search}`,
          headers: Object.fromEntries(new Headers(init?.headers)),
          ...(typeof init?.body === 'string' && { payload: init.body }),
        })
        if (what === 'unanswered') throw new TypeError('fetch failed')
        return new Response(answer.statusCode === 204 ? null : answer.rawPayload, {
          status: answer.statusCode,
          headers: { 'content-type': String(answer.headers['content-type'] ?? '') },
        })
      }
      return createCardinalClient({
        baseUrl: 'http://cm.contoso.com',
        credentials: { authorize: async () => `Test ${account}` },
        fetch: inject,
        retries: 0,
      })
    },
  }
}
