import type { Logger } from 'pino'
import type { SignInRefusal } from '../../identity/sign-in-refusal.ts'
import type { CallCredentials } from '../../workflows/ports/authenticator.ts'

/** Writes why somebody was not let in, to be found by the correlation id of the answer that they got. */
export function logRefusal(
  logger: Pick<Logger, 'info'>,
  { reason, message, cause, details }: SignInRefusal,
  { address, correlationId }: Pick<CallCredentials, 'address' | 'correlationId'>,
): void {
  const { account, user } = details
  logger.info(
    {
      reason,
      address,
      correlationId,
      ...(account !== undefined && { account }),
      ...(user !== undefined && { user }),
      ...(cause instanceof Error && { cause: cause.message }),
    },
    message,
  )
}
