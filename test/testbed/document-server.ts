import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it answers by path; a text or an object is sent as JSON. */
export type Documents = Record<string, unknown>

export interface DocumentServer extends AsyncDisposable {
  readonly url: string
  /** May be changed while it runs. */
  readonly documents: Documents
}

/** Serves documents over plain HTTP on loopback. A function among them answers itself. */
export async function startDocumentServer(documentsAt: (url: string) => Documents): Promise<DocumentServer> {
  const server = createServer((request, response) => {
    const document = documents[request.url?.split('?', 1)[0] ?? '']
    if (isListener(document)) return document(request, response)
    if (document === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(typeof document === 'string' ? document : JSON.stringify(document))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const documents = documentsAt(url)
  return {
    url,
    documents,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function isListener(document: unknown): document is RequestListener {
  return typeof document === 'function'
}
