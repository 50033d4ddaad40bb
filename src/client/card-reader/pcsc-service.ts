import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { endianness } from 'node:os'
import { CardError } from '../../card/card-error.ts'

/** Of the process, whose service the library looks for by it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where pcsc-lite's service listens, which programs are told of by this variable or find there. */
const defaultSocket = '/run/pcscd/pcscd.comm'

/**
 * Asks the PC/SC service of this computer for a sign of life. Its library waits for the service without limit, and as most of
 * its calls are no promises, so would the whole process. pcsc-lite (Linux) answers the question for its version, which each
 * program begins with (pcsc-lite, winscard_msg.h); of other services nothing is asked, and nothing is known.
 *
 * @param timeLimit milliseconds
 * @throws CardError 'card-service-unavailable' where it hangs; nothing where there is none, which its library says itself
 */
export async function requireLivingService(environment: Environment, timeLimit: number): Promise<void> {
  const socket = environment['PCSCLITE_CSOCK_NAME'] ?? defaultSocket
  if (process.platform !== 'linux' || !existsSync(socket) || (await isAnswering(socket, timeLimit))) return
  throw new CardError(
    'card-service-unavailable',
    'The PC/SC service of this computer did not answer in time. Start it anew (Linux: systemctl restart pcscd), then try again.',
  )
}

/** A service that ends the line lives too. */
function isAnswering(path: string, timeLimit: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ path })
    const finish = (isAlive: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(isAlive)
    }
    const timer = setTimeout(() => finish(false), timeLimit)
    socket
      .on('connect', () => socket.write(versionQuestion()))
      .on('data', () => finish(true))
      .on('error', () => finish(true))
      .on('close', () => finish(true))
  })
}

/** CMD_VERSION (0x11) with protocol version 4.4 and a result code, in the computer's own order of bytes. */
function versionQuestion(): Buffer {
  const numbers = [12, 0x11, 4, 4, 0]
  const message = Buffer.alloc(4 * numbers.length)
  for (const [index, number] of numbers.entries()) {
    if (endianness() === 'LE') message.writeUInt32LE(number, 4 * index)
    else message.writeUInt32BE(number, 4 * index)
  }
  return message
}
