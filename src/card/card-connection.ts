/** Sends the bytes of one command to a card and brings its response. */
export type TransmitApdu = (command: Uint8Array) => Promise<Uint8Array>

/** One program's hold of a card in a reader, until it is let go. */
export interface CardConnection {
  /** ISO/IEC 7816-3 §8.2, in lower-case hexadecimal digits. */
  readonly answerToReset: string

  /**
   * Carries one command APDU to the card and brings its response.
   *
   * @throws CardError 'card-removed', 'card-timeout', 'card-failure', 'not-connected'
   */
  readonly transmit: TransmitApdu

  /** Resets the card and lets go of it. Never fails: where the card is gone, it is let go of already. */
  disconnect(): Promise<void>
}
