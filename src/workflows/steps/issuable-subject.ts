import { type DirectoryUser, qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Reader } from '../ports/store.ts'

/**
 * The user whom new certificates may be issued to and whose cards may be made to work, or why not. For a disabled or
 * expired account that is refused, whatever was approved before. Not for one that is locked: that says that somebody guessed
 * passwords, and not whose account it is.
 *
 * @param subject as the directory knows them; null where it does not. That may be older than a change of the server's own
 * accounts, so that those are looked at once more, in the transaction.
 */
export async function issuableSubject(
  reader: Pick<Reader, 'findUser'>,
  subject: DirectoryUser | null,
): Promise<DirectoryUser | CardinalError> {
  if (subject === null) {
    return new CardinalError(
      'UserStateForbids',
      'The directory does not know the target user any more: no certificate is issued to them, and no secret of a card ' +
        'of theirs is told. Cancel the request.',
    )
  }
  const local = await reader.findUser(subject.uuid)
  if (subject.enabled && local?.enabled !== false) return subject
  return new CardinalError(
    'UserStateForbids',
    `The account ${qualifiedAccountName(subject)} is disabled or expired: no certificate is issued to it, ` +
      'and no secret of its cards is told. Enable the account first, or cancel the request.',
  )
}
