import type { Logger } from 'pino'
import { escapedText } from '../../identity/escaped-text.ts'
import type { SignInRefusal } from '../../identity/sign-in-refusal.ts'
import type { CallCredentials } from '../../workflows/ports/authenticator.ts'

const longestSentence = 1000
const longestName = 200

/**
 * Writes why somebody was not let in, to be found by the correlation id of the answer that they got. What they sent drives
 * no terminal.
 */
export function logRefusal(
  logger: Pick<Logger, 'info'>,
  { reason, message, cause, details }: SignInRefusal,
  { address, correlationId }: Pick<CallCredentials, 'address' | 'correlationId'>,
): void {
  const { account, user } = details
  logger.info(
    {
      reason,
      address: escapedText(address, longestName),
      correlationId,
      ...(account !== undefined && { account: escapedText(account, longestName) }),
      ...(user !== undefined && { user }),
      ...(cause instanceof Error && { cause: escapedText(cause.message, longestSentence) }),
    },
    escapedText(message, longestSentence),
  )
}
