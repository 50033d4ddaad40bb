import type { SignInScheme } from './sign-in-scheme.ts'

export interface LocalAccount {
  readonly userUuid: string
  /** Self-describing scrypt hash. */
  readonly passwordHash: string
}

export interface Session {
  readonly uuid: string
  /** SHA-256 of the token, lower-case hex. */
  readonly tokenHash: string
  /** The hash of a token that was sent to take the place of the first one, until the client uses it. */
  readonly offered: { readonly tokenHash: string; readonly at: Date } | null
  /** The token before, for calls that were under way when it was replaced. */
  readonly previousTokenHash: string | null
  /** When the token was last replaced, or the session begun. */
  readonly renewedAt: Date
  readonly userUuid: string
  /** How its user signed in. */
  readonly scheme: SignInScheme
  /** The network address that it was begun from. */
  readonly address: string
  readonly begunAt: Date
  readonly lastSeenAt: Date
}
