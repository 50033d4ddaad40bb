import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What the server sends for each request: octets in as many writes as there are parts, or its end. */
export type ScriptedAnswer = readonly Uint8Array[] | 'end'

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number
  readonly requests: readonly Buffer[]
}

/** Answers each thing that a client sends with what the script says; then says nothing more. */
export async function startScriptedServer(answers: readonly ScriptedAnswer[]): Promise<ScriptedServer> {
  const requests: Buffer[] = []
  const rest = [...answers]
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('data', data => {
      requests.push(data)
      const answer = rest.shift()
      if (answer === 'end') socket.end()
      else for (const part of answer ?? []) socket.write(part)
      if (rest[0] === 'end') socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    port: address.port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An element as Active Directory writes it: its length in four octets, more than it needs. */
export function element(tag: number, ...contents: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(contents.map(each => Buffer.from(each)))
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0])
  header.writeUInt32BE(content.length, 2)
  return Buffer.concat([header, content])
}

/** A BindResponse, or with another tag another answer. */
export function answerOf(
  messageId: number,
  resultCode: number,
  credentials: string | null = null,
  { tag = 0x61, diagnostic = '' } = {},
): Buffer {
  const last = credentials === null ? [] : [element(0x87, credentials)]
  const result = [element(0x0a, Buffer.from([resultCode])), element(0x04), element(0x04, diagnostic), ...last]
  return element(0x30, element(0x02, Buffer.from([messageId])), element(tag, ...result))
}
