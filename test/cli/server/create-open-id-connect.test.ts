import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { JWTPayload } from 'jose'
import { createOpenIdConnect } from '../../../src/cli/server/create-open-id-connect.ts'
import type { OpenIdConnectConfiguration } from '../../../src/config/configuration.ts'
import { createComposedDirectory } from '../../../src/directory/composed-directory.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import type { AccessTokens } from '../../../src/identity/bearer-scheme.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import { isRefused } from '../../identity/openid-connect/set-up.ts'
import { createTestbed, type Testbed } from '../../testbed/environment.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../../testbed/openid-provider.ts'

const publicUrl = 'http://cardinal.contoso.com'

let provider: OpenIdProvider
/** The server's own accounts, and beside them those of the company, with the same names. */
let own: Testbed
let company: Testbed
before(async () => {
  ;[provider, own, company] = await Promise.all([
    startOpenIdProvider({ publicUrl }),
    createTestbed(),
    createTestbed(),
  ])
})
after(async () => {
  await Promise.all([own?.close(), company?.close(), provider?.[Symbol.asyncDispose]()])
})

function configurationOf(changes: Partial<OpenIdConnectConfiguration>): OpenIdConnectConfiguration {
  return {
    issuer: provider.issuer,
    audience: [],
    client: undefined,
    scope: 'openid',
    resource: undefined,
    userClaim: 'upn',
    userClaimHolds: 'name',
    groupsClaim: undefined,
    clockToleranceSeconds: 30,
    authoritiesFile: undefined,
    ...changes,
  }
}

async function tokensBesideCompany(
  mapping: Pick<OpenIdConnectConfiguration, 'userClaim' | 'userClaimHolds'>,
): Promise<AccessTokens> {
  const directory = createComposedDirectory(own.directory, company.directory)
  const { accessTokens } = await createOpenIdConnect(
    configurationOf({ audience: [provider.audience], groupsClaim: 'groups', ...mapping }),
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

describe('the file with the secret of the client', () => {
  let folder: string
  let secretFile: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-secret-'))
    secretFile = join(folder, 'secret')
    await writeFile(secretFile, `${provider.clientSecret}\n`)
  })
  after(() => rm(folder, { recursive: true }))

  async function signInByBrowser() {
    const { browserSignIn, provider: readiness } = await createOpenIdConnect(
      configurationOf({ client: { id: provider.clientId, secretFile } }),
      { ...own, ldap: null, clock: { now: () => new Date() } },
      publicUrl,
    )
    assert.ok(browserSignIn !== null)
    return {
      readiness,
      async signIn() {
        const { location, transaction } = await browserSignIn.begin('/')
        const back = await provider.authorize(location, 'alice')
        return (await browserSignIn.finish(back.search, transaction, '192.0.2.1')).user
      },
    }
  }

  test('is read for each sign-in, so that a renewed secret counts without a restart', async () => {
    await writeFile(secretFile, 'the secret before\n')
    const { signIn, readiness } = await signInByBrowser()
    await readiness.check()
    await assert.rejects(signIn(), CardinalError)
    await assert.rejects(readiness.check(), { message: /openIdConnect\.clientSecretFile/ })
    await writeFile(secretFile, `${provider.clientSecret}\n`)
    assert.equal((await signIn()).uuid, (await find(own, 'alice')).uuid)
    await readiness.check()
  })

  for (const [what, ruin, sentence] of [
    ['gone', () => rm(secretFile), /clientSecretFile.*ENOENT/],
    ['empty', () => writeFile(secretFile, '\n'), /clientSecretFile.* is empty/],
  ] as const) {
    test(`is the administrator’s to mend where it is ${what}, and nobody’s who signs in`, async () => {
      await writeFile(secretFile, `${provider.clientSecret}\n`)
      const { signIn } = await signInByBrowser()
      await ruin()
      await assert.rejects(signIn(), (error: unknown) => {
        assert.ok(error instanceof CardinalError && error.code === 'ServiceUnavailable')
        assert.ok(error.cause instanceof SignInRefusal)
        assert.equal(error.cause.reason, 'client-secret-unreadable')
        assert.match(error.cause.message, sentence)
        return true
      })
    })
  }
})
