import type { CardStateStore } from '../../../src/card/virtual/card-state-store.ts'

/** Keeps what was saved last, and can lose its power. */
export class MemoryStore implements CardStateStore {
  content: Uint8Array | undefined
  saves = 0
  /** Saves from this one on fail, and change nothing. */
  failsFrom = Number.POSITIVE_INFINITY

  async load(): Promise<Uint8Array | undefined> {
    return this.content && Uint8Array.from(this.content)
  }

  async save(content: Uint8Array): Promise<void> {
    this.saves += 1
    if (this.saves >= this.failsFrom) throw new Error('The power is gone.')
    this.content = Uint8Array.from(content)
  }
}
