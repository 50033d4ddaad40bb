import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and can do what networks do. */
export interface TcpProxy {
  readonly port: number
  /** Connections that were ever made, and the most at one time. */
  readonly count: number
  readonly most: number
  /** What clients sent. */
  sent(): Buffer
  /** Ends all connections. */
  cut(): void
  /** Ends the connection on which the next answer comes, in place of that answer. */
  cutNextAnswer(): void
  /** From now on takes connections and everything sent, and never answers. */
  swallow(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const sent: Buffer[] = []
  let [count, most, cutsNext, swallows] = [0, 0, false, false]
  const server = createServer(client => {
    count++
    const upstream = connect(target)
    open.add(client)
    most = Math.max(most, open.size)
    const end = () => {
      open.delete(client)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    client.on('data', data => {
      sent.push(data)
      if (!swallows) upstream.write(data)
    })
    upstream.on('data', data => {
      if (cutsNext) {
        cutsNext = false
        end()
      } else client.write(data)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: address.port,
    get count() {
      return count
    },
    get most() {
      return most
    },
    sent: () => Buffer.concat(sent),
    cut,
    cutNextAnswer() {
      cutsNext = true
    },
    swallow() {
      swallows = true
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
