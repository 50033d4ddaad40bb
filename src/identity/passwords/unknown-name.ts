import { createHmac } from 'node:crypto'

const shownDigits = 12

/**
 * What stands in an audit record, which is kept for ever, for a name that nobody has: people type their password there.
 * The same name has the same until the process ends (HMAC-SHA-256, cut), without regard to case; it tells nothing of it.
 *
 * @param key 32 random bytes, new for every process
 */
export function unknownName(key: Uint8Array, accountName: string): string {
  const digest = createHmac('sha256', key).update(accountName.toLowerCase()).digest('hex')
  return `unknown:${digest.slice(0, shownDigits)}`
}
