import { createHash } from 'node:crypto'

/** What is stored of a token: SHA-256 of its characters, lower-case hex. A token of 256 random bits needs no salt. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest('hex')
}
