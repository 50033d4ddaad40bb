/** Lets one holder in at a time, in the order in which they came. */
export class FairMutex {
  readonly #waiting: (() => void)[] = []
  #isHeld = false

  async lock(): Promise<void> {
    if (!this.#isHeld) {
      this.#isHeld = true
      return
    }
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Passes the lock on to whoever waits longest. */
  unlock(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isHeld = false
    else next()
  }
}
