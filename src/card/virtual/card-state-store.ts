/**
 * Where a card in software keeps what it must remember: bytes with every secret of the card in them, so that what
 * stands behind this port has to encrypt them.
 */
export interface CardStateStore {
  /** What was saved last; nothing where there is no card yet. */
  load(): Promise<Uint8Array | undefined>

  /**
   * Replaces what is stored, whole or not at all, and resolves once it would survive a power cut. The card waits for
   * that before it compares a secret or answers.
   */
  save(content: Uint8Array): Promise<void>
}
