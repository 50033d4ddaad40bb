import { randomBytes } from 'node:crypto'
import { createVault } from '../../../src/ca/vault.ts'
import { createBrowserSignIn } from '../../../src/identity/openid-connect/browser-sign-in.ts'
import { createSignInTransactions } from '../../../src/identity/openid-connect/sign-in-transaction.ts'
import { createSignOutHints } from '../../../src/identity/openid-connect/sign-out-hint.ts'
import { createTokenEndpoint } from '../../../src/identity/openid-connect/token-endpoint.ts'
import { setUpAccessTokens } from './set-up.ts'

export const publicUrl = 'https://cardinal.contoso.com'

export function setUpBrowserSignIn(options: {
  readonly issuer: string
  readonly audience?: readonly string[]
  /** Where `readSecret` is left out, the secret is always the same. */
  readonly client: {
    readonly id: string
    readonly secret: string | null
    readonly readSecret?: () => Promise<string>
  }
  readonly resource?: string
  readonly userClaim?: string
}) {
  const { issuer, audience = [], client, resource, userClaim = 'upn' } = options
  const common = setUpAccessTokens({ issuer, audience, mapping: { userClaim } })
  const { id, secret, readSecret = secret === null ? null : async () => secret } = client
  const clockToleranceSeconds = 30
  const tokenEndpoint = createTokenEndpoint({
    ...common,
    randomness: { bytes: randomBytes },
    client: { id, readSecret },
    redirectUri: `${publicUrl}/sign-in/callback`,
    resource,
    clockToleranceSeconds,
  })
  const vault = createVault(randomBytes(32), randomBytes)
  const browserSignIn = createBrowserSignIn({
    ...common,
    transactions: createSignInTransactions({ vault, clock: common.clock }),
    signOutHints: createSignOutHints(vault),
    randomness: { bytes: randomBytes },
    clientId: id,
    tokenEndpoint,
    scope: 'openid profile',
    resource,
    clockToleranceSeconds,
    redirectUri: `${publicUrl}/sign-in/callback`,
    signedOutUri: `${publicUrl}/`,
  })
  const finish = (query: string, transaction: string | null, address = '192.0.2.1') =>
    browserSignIn.finish(query, transaction, address)
  return { ...browserSignIn, tokenEndpoint, finish, advance: common.advance, setAlice: common.setAlice }
}
