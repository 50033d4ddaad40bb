import { type Static, Type } from 'typebox'
import { CardinalError } from '../../domain/error.ts'

/** The query of what belongs to a user. */
export const ofUser = Type.Object({
  user: Type.Optional(
    Type.String({ description: 'The uuid or the account name of a user; the caller where it is left out' }),
  ),
})

/**
 * Whom such a query names; null for the caller. An empty value stands for one left out elsewhere, but who writes it here
 * may be a script whose variable is not set, and that does not mean to end the sessions of its own user.
 * Throws CardinalError InvalidParameter.
 */
export function userOf({
  url,
  query,
}: {
  readonly url: string
  readonly query: Static<typeof ofUser>
}): string | null {
  const start = url.indexOf('?')
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : url.slice(start))) {
    if (name.toLowerCase() === 'user' && value === '') {
      throw new CardinalError(
        'InvalidParameter',
        'user: is empty. Give a uuid or an account name, or leave it out to mean yourself.',
      )
    }
  }
  return query.user ?? null
}
