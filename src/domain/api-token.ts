import type { Scope } from './scope.ts'

/** What every API token begins with, so that one that leaked is found by whoever searches for it. */
export const apiTokenPrefix = 'cardinal_'

/** Random bytes in an API token; base64url of them follows the prefix. */
export const apiTokenBytes = 32

export const longestApiTokenName = 100
export const longestApiTokenDays = 366
export const mostApiTokensOfUser = 50

/** A credential of a program that acts for a user. */
export interface ApiToken {
  readonly uuid: string
  /** SHA-256 of the token's characters, lower-case hex. */
  readonly tokenHash: string
  readonly userUuid: string
  readonly name: string
  /** Not empty. */
  readonly scopes: readonly Scope[]
  readonly createdAt: Date
  readonly expiresAt: Date
  /** Exact to a minute; null where it was never used. */
  readonly lastUsedAt: Date | null
}
