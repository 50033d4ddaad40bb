import type { CardConnection } from '../card-connection.ts'
import { maskedCommand, maskedResponse } from './masked-apdu.ts'

/** One command and its response, fit for a log: PINs, keys, challenges and what the card computes are masked. */
export interface TracedApdu {
  readonly command: string
  /** Missing where the card gave none. */
  readonly response?: string
}

/** The same connection, which tells of every APDU; so APDUs are counted too. */
export function traceApdus(connection: CardConnection, onApdu: (apdu: TracedApdu) => void): CardConnection {
  return {
    answerToReset: connection.answerToReset,
    async transmit(bytes) {
      const command = maskedCommand(bytes)
      try {
        const answer = await connection.transmit(bytes)
        onApdu({ command, response: maskedResponse(bytes, answer) })
        return answer
      } catch (error) {
        onApdu({ command })
        throw error
      }
    },
    disconnect: () => connection.disconnect(),
  }
}
