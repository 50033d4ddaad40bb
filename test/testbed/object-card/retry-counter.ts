/**
 * Counts the tries left for a secret. A try is spent before the secret is compared and given back on success, so that
 * cutting the power during the comparison does not win a free guess.
 */
export class RetryCounter {
  readonly #maximum: number
  #left: number

  constructor(maximum: number) {
    this.#maximum = maximum
    this.#left = maximum
  }

  get left(): number {
    return this.#left
  }

  get isBlocked(): boolean {
    return this.#left === 0
  }

  /** Runs the comparison and says whether it held; false without running it once no try is left. */
  attempt(compare: () => boolean): boolean {
    if (this.isBlocked) return false
    this.#left -= 1
    if (!compare()) return false
    this.reset()
    return true
  }

  reset(): void {
    this.#left = this.#maximum
  }
}
