import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createConfiguredProvider } from '../../../src/cli/server/create-open-id-connect.ts'
import { healthChecksOf } from '../../../src/cli/server/health-checks.ts'
import type { OpenIdConnectConfiguration, SignInConfiguration } from '../../../src/config/configuration.ts'
import { openLdapMapping } from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { createLdapDirectory } from '../../../src/directory/ldap/ldap-directory.ts'
import { startSlapd } from '../../directory/ldap/slapd.ts'
import { startServer } from '../../http/server.ts'
import {
  createTestbed,
  openTestbed,
  randomness,
  settableClock,
  type Testbed,
} from '../../testbed/environment.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { startOpenIdProvider } from '../../testbed/openid-provider.ts'
import { startPostgresql } from '../../testbed/postgresql.ts'

const passwordsAlone: SignInConfiguration = {
  basic: true,
  negotiate: undefined,
  openIdConnect: undefined,
  clientCertificate: undefined,
  separationOfDuties: false,
}
const nothing: SignInConfiguration = { ...passwordsAlone, basic: false }
const negotiate: SignInConfiguration = {
  ...nothing,
  negotiate: {
    keytabFile: '/etc/cardinal/http.keytab',
    servicePrincipal: undefined,
    privilegeAttributes: 'when-present',
    channelBinding: 'off',
    channelBindingCertificateFiles: [],
  },
}

type Checked = Parameters<typeof healthChecksOf>[0]

/** What `/health/ready` answers, as a server with these parts does. */
async function openReadiness(
  environment: Checked,
  signIn = passwordsAlone,
  provider: Parameters<typeof healthChecksOf>[2] = null,
) {
  const server = await startServer({ healthChecks: healthChecksOf(environment, signIn, provider) })
  return {
    async ask() {
      const answer = await server.app.inject('/health/ready')
      const { status, checks } = answer.json<{ status: string; checks: Record<string, string> }>()
      const notOk = Object.entries(checks).filter(([, result]) => result !== 'ok')
      return [answer.statusCode, status, ...notOk.map(([name, result]) => `${name}: ${result}`)]
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const ready = [200, 'ready']

describe('with what the server has in itself', () => {
  let testbed: Testbed
  before(async () => {
    testbed = await createTestbed()
  })
  after(() => testbed.close())

  test('is ready', async () => {
    await using readiness = await openReadiness({ ...testbed, ldap: null })
    assert.deepEqual(await readiness.ask(), ready)
  })

  test('is not, where the certificate of the certification authority has ended', async () => {
    const clock = settableClock(new Date())
    await using readiness = await openReadiness({ ...testbed, ldap: null, clock })
    assert.deepEqual(await readiness.ask(), ready)
    clock.advance(3651 * 86_400_000)
    assert.deepEqual(await readiness.ask(), [503, 'not ready', 'certificationAuthority: failed'])
    clock.set(new Date(testbed.certificationAuthority.certificate.notBefore.getTime() - 1))
    assert.deepEqual(await readiness.ask(), [503, 'not ready', 'certificationAuthority: failed'])
  })

  test('is not, where its key signs no more', async () => {
    const certificationAuthority = {
      ...testbed.certificationAuthority,
      signRevocationList: () => Promise.reject(new Error('the token was taken out')),
    }
    await using readiness = await openReadiness({ ...testbed, ldap: null, certificationAuthority })
    assert.deepEqual(await readiness.ask(), [503, 'not ready', 'certificationAuthority: failed'])
  })

  test('asks a key that is slow or broken once for all, and for some seconds, and again after the clock was set back', {
    timeout: 20_000,
  }, async () => {
    const clock = settableClock(new Date())
    const signing: PromiseWithResolvers<Uint8Array>[] = []
    const certificationAuthority = {
      ...testbed.certificationAuthority,
      signRevocationList() {
        const signed = Promise.withResolvers<Uint8Array>()
        signing.push(signed)
        return signed.promise
      },
    }
    const environment = { ...testbed, ldap: null, clock, certificationAuthority }
    const { certificationAuthority: asked } = healthChecksOf(environment, passwordsAlone, null)
    assert.ok(asked)
    const { check } = asked
    const asking = Promise.allSettled(Array.from({ length: 50 }, check))
    clock.advance(60_000)
    const late = Promise.allSettled([check()])
    signing[0]?.reject(new Error('the token was taken out'))
    const answers = [...(await asking), ...(await late)]
    assert.ok(answers.every(({ status }) => status === 'rejected'))
    assert.equal(signing.length, 1)
    const again = check()
    assert.equal(signing.length, 2)
    signing[1]?.resolve(new Uint8Array())
    await again
    clock.advance(9_999)
    await check()
    assert.equal(signing.length, 2)
    clock.advance(-3_600_000)
    const earlier = check()
    assert.equal(signing.length, 3)
    signing[2]?.resolve(new Uint8Array())
    await earlier
  })

  test('is not, where there is no card master key', async () => {
    const cardMasterKeys = {
      ...testbed.cardMasterKeys,
      current: () => ({ version: 1, secret: new Uint8Array() }),
    }
    await using readiness = await openReadiness({ ...testbed, ldap: null, cardMasterKeys })
    assert.deepEqual(await readiness.ask(), [503, 'not ready', 'cardMasterKey: failed'])
  })
})

test('is not ready while PostgreSQL is stopped', { skip: leftOutWithout('postgresql') }, async t => {
  const postgresql = await startPostgresql()
  const testbed = await openTestbed(t, { postgresUrl: await postgresql.createDatabase() })
  await using readiness = await openReadiness({ ...testbed, ldap: null })
  assert.deepEqual(await readiness.ask(), ready)
  await postgresql.stop()
  assert.deepEqual(await readiness.ask(), [503, 'not ready', 'database: failed'])
})

const people =
  'dn: dc=contoso,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: contoso\no: Contoso\n'

test('is not ready while the directory is stopped', { skip: leftOutWithout('slapd') }, async t => {
  const slapd = await startSlapd('dc=contoso,dc=test', people)
  const clock = settableClock(new Date())
  const ldap = createLdapDirectory({
    urls: [slapd.url],
    mapping: openLdapMapping,
    clock,
    randomness,
    allowUnencrypted: true,
  })
  t.after(() => ldap.close())
  const testbed = await openTestbed(t)
  await using readiness = await openReadiness({ ...testbed, ldap, clock })
  assert.deepEqual(await readiness.ask(), ready)
  await slapd.stop()
  clock.advance(3_000)
  assert.deepEqual(await readiness.ask(), [503, 'not ready', 'directory: failed'])
})

for (const [ways, signIn, answer] of [
  ['passwords', passwordsAlone, [200, 'degraded', 'openIdConnect: degraded']],
  ['Kerberos tickets', negotiate, [200, 'degraded', 'openIdConnect: degraded']],
  ['nothing', nothing, [503, 'not ready', 'openIdConnect: failed']],
] as const) {
  test(`while the provider is stopped and people have ${ways} beside it: ${answer.join(', ')}`, async t => {
    const testbed = await openTestbed(t)
    const clock = settableClock(new Date())
    const running = await startOpenIdProvider()
    const configuration: OpenIdConnectConfiguration = {
      issuer: running.issuer,
      audience: [running.audience],
      client: undefined,
      scope: 'openid',
      resource: undefined,
      userClaim: 'upn',
      userClaimHolds: 'name',
      groupsClaim: undefined,
      clockToleranceSeconds: 30,
      authoritiesFile: undefined,
    }
    const { provider } = await createConfiguredProvider(configuration, { clock })
    await using readiness = await openReadiness({ ...testbed, ldap: null, clock }, signIn, provider)
    assert.deepEqual(await readiness.ask(), ready)
    await running[Symbol.asyncDispose]()
    clock.advance(31_000)
    assert.deepEqual(await readiness.ask(), answer)
    await using again = await startOpenIdProvider({ port: Number(new URL(running.issuer).port) })
    // Nobody waits for an attempt that may fail like the last one: it is seen by who asks later.
    for (let asked = 0; again.calls.length < 2 || (await readiness.ask())[1] !== 'ready'; asked++) {
      assert.ok(asked < 500, 'It was never ready again.')
      clock.advance(5_000)
      await readiness.ask()
    }
  })
}
