/** Slows down whoever asks for secrets. Throws CardinalError TooManyRequests. */
export interface SecretRateLimit {
  spend(key: string): void
}
