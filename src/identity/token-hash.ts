import { hash } from 'node:crypto'

/** What is stored of a token: SHA-256 of its characters, lower-case hex. A token of 256 random bits needs no salt. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}
