export interface LocalAccount {
  readonly userUuid: string
  /** Self-describing scrypt hash. */
  readonly passwordHash: string
}

export interface Session {
  /** SHA-256 of the token, lower-case hex. */
  readonly tokenHash: string
  readonly userUuid: string
  readonly begunAt: Date
  readonly lastSeenAt: Date
}
