import { CardinalError } from '../../domain/error.ts'
import type { SignedIn } from '../../workflows/ports/authenticator.ts'

/**
 * Refuses to make a session or an API token for a call by access token, which would outlive what the provider decided:
 * a token that was stolen, or that ends in minutes, would become a sign-in for hours or a year.
 *
 * Throws CardinalError NotPermitted.
 */
export function refuseLastingCredentials({ scheme }: Pick<SignedIn, 'scheme'>): void {
  if (scheme !== 'bearer') return
  throw new CardinalError(
    'NotPermitted',
    'An access token begins no session and creates no API token, which would outlive it. Sign in by another scheme, or send the access token with each call.',
    { rule: 'lasting credentials' },
  )
}
