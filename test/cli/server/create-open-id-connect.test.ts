import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JWTPayload } from 'jose'
import { createOpenIdConnect } from '../../../src/cli/server/create-open-id-connect.ts'
import type { OpenIdConnectConfiguration } from '../../../src/config/configuration.ts'
import { createComposedDirectory } from '../../../src/directory/composed-directory.ts'
import type { AccessTokens } from '../../../src/identity/bearer-scheme.ts'
import { isRefused } from '../../identity/openid-connect/set-up.ts'
import { createTestbed, type Testbed } from '../../testbed/environment.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../../testbed/openid-provider.ts'

const publicUrl = 'http://cardinal.contoso.com'

let provider: OpenIdProvider
/** The server's own accounts, and beside them those of the company, with the same names. */
let own: Testbed
let company: Testbed
before(async () => {
  ;[provider, own, company] = await Promise.all([startOpenIdProvider(), createTestbed(), createTestbed()])
})
after(async () => {
  await Promise.all([own?.close(), company?.close(), provider?.[Symbol.asyncDispose]()])
})

async function tokensBesideCompany(
  mapping: Pick<OpenIdConnectConfiguration, 'userClaim' | 'userClaimHolds'>,
): Promise<AccessTokens> {
  const directory = createComposedDirectory(own.directory, company.directory)
  const { accessTokens } = await createOpenIdConnect(
    {
      issuer: provider.issuer,
      audience: [provider.audience],
      client: undefined,
      scope: 'openid',
      resource: undefined,
      groupsClaim: 'groups',
      clockToleranceSeconds: 30,
      authoritiesFile: undefined,
      ...mapping,
    },
    // What the provider signs is of this moment.
    { ...own, directory, ldap: company.directory, clock: { now: () => new Date() } },
    publicUrl,
  )
  assert.ok(accessTokens !== null)
  return accessTokens
}

function tokenWith(claims: JWTPayload): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return provider.sign({ iss: provider.issuer, aud: provider.audience, iat: now, exp: now + 60, ...claims })
}

async function find(testbed: Testbed, name: string) {
  const user = await testbed.directory.findUserByName(name)
  assert.ok(user !== null)
  return user
}

describe('an access token, beside a directory of the company', () => {
  test('signs in whom it names there', async () => {
    const tokens = await tokensBesideCompany({ userClaim: 'upn', userClaimHolds: 'name' })
    const { user } = await tokens.identify(await tokenWith({ upn: 'alice' }))
    assert.equal(user.uuid, (await find(company, 'alice')).uuid)
  })

  for (const upn of ['LOCAL\\alice', 'local\\ALICE']) {
    test(`signs in none of the server’s own accounts by the name ${upn}`, async () => {
      const tokens = await tokensBesideCompany({ userClaim: 'upn', userClaimHolds: 'name' })
      await assert.rejects(tokens.identify(await tokenWith({ upn })), isRefused('unknown-user'))
    })
  }

  for (const holds of ['sid', 'uuid'] as const) {
    test(`signs in none of them by ${holds}`, async () => {
      const tokens = await tokensBesideCompany({ userClaim: 'id', userClaimHolds: holds })
      const id = (await find(own, 'alice'))[holds]
      await assert.rejects(tokens.identify(await tokenWith({ id })), isRefused('unknown-user'))
    })
  }

  test('vouches for groups of the company, and neither for groups nor for accounts of the server', async () => {
    const tokens = await tokensBesideCompany({ userClaim: 'upn', userClaimHolds: 'name' })
    const [ours, theirs] = [
      await own.directory.findGroupByName('Administrators'),
      await company.directory.findGroupByName('Administrators'),
    ]
    assert.ok(ours !== null && theirs !== null)
    const groups = ['Administrators', 'LOCAL\\Administrators', ours.sid, (await find(own, 'alice')).sid]
    const { groupSids } = await tokens.identify(await tokenWith({ upn: 'alice', groups }))
    assert.deepEqual(groupSids, new Set([theirs.sid]))
  })
})
