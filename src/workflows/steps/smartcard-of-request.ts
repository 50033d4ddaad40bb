import { CardinalError } from '../../domain/error.ts'
import type { Request } from '../../domain/request.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Reader } from '../ports/store.ts'

/**
 * The smart card that a request runs with: the one bound to it, otherwise the one that it is about.
 * Throws SmartcardNotBound where it has none, SmartcardNotOfRequest where `smartcardUuid` is another one.
 */
export async function smartcardOfRequest(
  reader: Pick<Reader, 'findSmartcard'>,
  request: Request,
  smartcardUuid: string,
): Promise<Smartcard> {
  const own = request.newSmartcardUuid ?? request.oldSmartcardUuid
  if (own === null)
    throw new CardinalError('SmartcardNotBound', 'The request has no smart card yet; bind one first.')
  const smartcard = own === smartcardUuid ? await reader.findSmartcard(own) : null
  if (smartcard === null) {
    throw new CardinalError(
      'SmartcardNotOfRequest',
      `The smart card ${smartcardUuid} is not the one of this request.`,
    )
  }
  return smartcard
}
