/**
 * A map of bounded size: where it is full, a new key pushes out the one that was used longest ago.
 * Reading and writing count as use.
 */
export class LeastRecentlyUsedMap<Value> {
  readonly #capacity: number
  /** A Map keeps the order of insertion, so the first key is the one used longest ago. */
  readonly #entries = new Map<string, Value>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}
