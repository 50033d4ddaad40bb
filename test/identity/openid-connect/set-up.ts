import { createLocalDirectory } from '../../../src/directory/local-directory.ts'
import type { DirectoryUser } from '../../../src/domain/directory-user.ts'
import { createAccessTokens } from '../../../src/identity/openid-connect/access-tokens.ts'
import type { ClaimMapping } from '../../../src/identity/openid-connect/claimed-user.ts'
import { createProvider } from '../../../src/identity/openid-connect/provider.ts'
import { createProviderFetch } from '../../../src/identity/openid-connect/provider-fetch.ts'
import { createTokenVerifier } from '../../../src/identity/openid-connect/token-verifier.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { alice, domainSid } from '../alice.ts'
import { directoryReader } from '../directory-reader.ts'

export const helpDeskSid = `${domainSid}-2002`

/** The product's side, from the wire to the directory, with a clock that can be put forward. */
export function setUpAccessTokens(options: {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly mapping?: Partial<ClaimMapping>
  readonly clockToleranceSeconds?: number
  readonly timeoutMilliseconds?: number
}) {
  const { issuer, audience, clockToleranceSeconds = 30, timeoutMilliseconds = 5000 } = options
  let ahead = 0
  const clock = { now: () => new Date(Date.now() + ahead * 1000) }
  const users = new Map<string, DirectoryUser>([[alice.uuid, alice]])
  const reader = directoryReader(users)
  const directory = createLocalDirectory({
    ...reader,
    findGroupByName: async name =>
      name.toLowerCase() === 'helpdesk'
        ? { uuid: alice.uuid, sid: helpDeskSid, name: 'HelpDesk', members: [] }
        : null,
  })
  const fetch = createProviderFetch({ authorities: null, timeoutMilliseconds })
  const provider = createProvider({ issuer, fetch, clock })
  const verifier = createTokenVerifier({ provider, clock, audience, clockToleranceSeconds })
  const mapping = {
    userClaim: 'upn',
    userClaimHolds: 'name',
    groupsClaim: undefined,
    ...options.mapping,
  } as const
  return {
    accessTokens: createAccessTokens({ verifier, provider, directory, mapping, clock }),
    provider,
    verifier,
    directory,
    fetch,
    mapping,
    clock,
    advance(seconds: number) {
      ahead += seconds
    },
    setAlice: (change: Partial<DirectoryUser>) => users.set(alice.uuid, { ...alice, ...change }),
  }
}

export function isRefused(reason: string) {
  return (error: unknown) => {
    if (error instanceof SignInRefusal && error.reason === reason) return true
    throw error
  }
}
