/** Slows down whoever asks for secrets, or repeats what is refused and audited. Throws CardinalError TooManyRequests. */
export interface SecretRateLimit {
  spend(key: string): void
}
