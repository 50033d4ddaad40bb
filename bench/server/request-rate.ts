import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * Repeats one GET over connections that stay open, as fast as it is answered, and returns answers a second. On bare
 * sockets, so that the client costs little beside the server.
 *
 * @throws Error for an answer other than 200
 */
export async function requestRate(options: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly milliseconds: number
}): Promise<number> {
  const { hostname, port, pathname, host } = new URL(options.url)
  const lines = Object.entries({ host, ...options.headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  const start = performance.now()
  const end = start + options.milliseconds
  const repeatOn = async () => {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    try {
      return await repeat(socket, request, end)
    } finally {
      socket.destroy()
    }
  }
  const counts = await Promise.all(Array.from({ length: options.connections }, repeatOn))
  return (counts.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - start)
}

function repeat(socket: Socket, request: Buffer, end: number): Promise<number> {
  let answers = 0
  let received = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('data', chunk => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const length = answerLength(received)
      if (length === null || received.length < length) return
      if (!received.subarray(0, 12).equals(success)) {
        reject(new Error(`The answer was ${received.subarray(0, 300).toString()}`))
        return
      }
      answers += 1
      received = received.subarray(length)
      if (performance.now() >= end) resolve(answers)
      else socket.write(request)
    })
    socket.write(request)
  })
}

const success = Buffer.from('HTTP/1.1 200')
const endOfHeader = Buffer.from('\r\n\r\n')

/** With its header; null where that is not all there yet. */
function answerLength(received: Buffer): number | null {
  const end = received.indexOf(endOfHeader)
  if (end < 0) return null
  const length = /\r\ncontent-length: (\d+)/i.exec(received.toString('latin1', 0, end))?.[1]
  if (length === undefined) throw new Error('The answer does not say its length.')
  return end + endOfHeader.length + Number(length)
}
