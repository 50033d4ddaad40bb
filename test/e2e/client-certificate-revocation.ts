import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What is published at one address; asked anew on each call. A number is a status without a body. */
export type Publication = (body: Buffer) => Promise<Buffer | number>

export interface RevocationServer extends AsyncDisposable {
  /** Publishes under a path of its own, and returns the address. */
  publish(publication: Publication): string
  /** How often an address was asked. */
  askedFor(url: string): number
}

/** Publishes revocation lists and OCSP responses on loopback. */
export async function startRevocationServer(): Promise<RevocationServer> {
  const publications = new Map<string, Publication>()
  const asked = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const answer = (await publications.get(path)?.(await buffer(request))) ?? 404
    if (typeof answer === 'number') response.writeHead(answer, { location: '/0' }).end()
    else response.end(answer)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    publish(publication) {
      const path = `/${publications.size}`
      publications.set(path, publication)
      return `http://127.0.0.1:${port}${path}`
    },
    askedFor: url => asked.get(new URL(url).pathname) ?? 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
