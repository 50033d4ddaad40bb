/** A card as a reader sees it: bytes in, bytes out. */
export interface ApduCard {
  /** ISO/IEC 7816-3 §8.2, in lower-case hexadecimal digits. */
  readonly answerToReset: string

  /**
   * Ends all authentications, selections and chains, as taking the power away does; what is stored stays.
   */
  reset(): Promise<void>

  /**
   * Carries out one command after those before it. Always answers with at least a status word, whatever the bytes
   * are, and never rejects.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>
}
