import { randomBytes } from 'node:crypto'
import { createVault } from '../../../src/ca/vault.ts'
import { createBrowserSignIn } from '../../../src/identity/openid-connect/browser-sign-in.ts'
import { createSignInTransactions } from '../../../src/identity/openid-connect/sign-in-transaction.ts'
import { createSignOutHints } from '../../../src/identity/openid-connect/sign-out-hint.ts'
import { setUpAccessTokens } from './set-up.ts'

export const publicUrl = 'https://cardinal.contoso.com'

export function setUpBrowserSignIn(options: {
  readonly issuer: string
  readonly audience?: readonly string[]
  readonly client: { readonly id: string; readonly secret: string | null }
  readonly resource?: string
  readonly userClaim?: string
}) {
  const { issuer, audience = [], client, resource, userClaim = 'upn' } = options
  const common = setUpAccessTokens({ issuer, audience, mapping: { userClaim } })
  const vault = createVault(randomBytes(32), randomBytes)
  const browserSignIn = createBrowserSignIn({
    ...common,
    transactions: createSignInTransactions({ vault, clock: common.clock }),
    signOutHints: createSignOutHints(vault),
    randomness: { bytes: randomBytes },
    client,
    scope: 'openid profile',
    resource,
    clockToleranceSeconds: 30,
    redirectUri: `${publicUrl}/sign-in/callback`,
    signedOutUri: `${publicUrl}/`,
  })
  const finish = (query: string, transaction: string | null, address = '192.0.2.1') =>
    browserSignIn.finish(query, transaction, address)
  return { ...browserSignIn, finish, advance: common.advance, setAlice: common.setAlice }
}
