import { Type } from 'typebox'

/** The query of what belongs to a user. */
export const ofUser = Type.Object({
  user: Type.Optional(
    Type.String({ description: 'The uuid or the account name of a user; the caller where it is left out' }),
  ),
})
