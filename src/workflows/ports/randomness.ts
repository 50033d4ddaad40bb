export interface Randomness {
  bytes(length: number): Uint8Array
  uuid(): string
  /** Uniform in 0 ≤ n < limit. */
  integer(limit: number): number
}
