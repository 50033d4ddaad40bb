import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseEnv } from 'node:util'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { parseOrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { companyOrganisation } from './company-directory.ts'
import { documentedCommands } from './documented-commands.ts'
import { assertRecipe, sectionOf } from './documented-recipe.ts'
import { type RecipeDomain, startRecipeDomain } from './recipe-domain.ts'
import { type RecipeProvider, startRecipeProvider } from './recipe-provider.ts'

const root = new URL('../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
const page = read('docs/identity.md')
const walkthroughPage = read('docs/domain-walkthrough.md')
const keytabPage = read('docs/operations.md')

const activeDirectory = [
  'On the domain controller',
  "On Cardinal's machine",
  'Sign in',
  'When the directory is down',
  'Without a password',
  'Sessions',
  'API tokens',
]
const sessionPath = '/CertificateManagement/api/v2.0/session'
const provider = 'Keycloak, and any other OpenID Connect provider'

test('every command of the page about signing in is one that these tests run', () => {
  const run = [...activeDirectory, provider].flatMap(heading => documentedCommands(sectionOf(page, heading)))
  assert.deepEqual(
    documentedCommands(page)
      .map(({ command }) => command)
      .sort(),
    run.map(({ command }) => command).sort(),
  )
})

test('the organisation file for a company is the demo’s, for groups of the directory', async () => {
  const file = parseOrganisationFile(read('demo/active-directory.json'))
  assert.deepEqual(file, parseOrganisationFile(JSON.stringify(await companyOrganisation())))
})

for (const heading of ['AD FS', 'Entra ID', 'OpenLDAP and 389 Directory Server']) {
  test(`the settings for ${heading} go together, with those that are offered instead and without`, () => {
    const [, block = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(sectionOf(page, heading)) ?? []
    for (const text of [block, block.replaceAll('# CARDINAL_', 'CARDINAL_')]) {
      const environment = parseEnv(text)
      assert.ok(Object.keys(environment).length > 3)
      const readFile = (file: string) => (file.endsWith('.json') ? undefined : 'a secret')
      assert.ok(readConfiguration({ environment, readFile }))
    }
  })
}

describe('the recipe for Active Directory', {
  skip: leftOutWithout('samba', 'kerberos'),
}, () => {
  let domain: RecipeDomain
  before(async () => {
    domain = await startRecipeDomain()
  })
  after(() => domain?.stop())

  // Each goes on where the one before has ended, as the reader does.
  test('does on the domain controller what the page shows', async () => {
    await assertRecipe(sectionOf(page, 'On the domain controller'), domain)
    await domain.bringFilesOver()
  })

  for (const heading of ["On Cardinal's machine", 'Sign in']) {
    test(`does what the page shows: ${heading}`, () => assertRecipe(sectionOf(page, heading), domain))
  }

  for (const [what, settings, shown, wrong] of [
    [
      'a server of the directory that is not there, beside one that is',
      'CARDINAL_LDAP_URLS=ldaps://127.0.0.1:1,ldaps://dc1.contoso.test',
      /ldaps:\/\/127\.0\.0\.1:1 +does not serve: see below\n +ldaps:\/\/dc1\.contoso\.test +answers\n[\s\S]*domain +CONTOSO/,
      /ldaps:\/\/127\.0\.0\.1:1: nothing listens there/,
    ],
    [
      'a wrong password, which is tried once',
      'CARDINAL_LDAP_BIND_PASSWORD_FILE=/srv/cardinal/etc/cardinal.env CARDINAL_LDAP_URLS=ldaps://dc1.contoso.test,ldaps://dc1.contoso.test:636',
      /dc1\.contoso\.test +does not serve: see below\n +\S+:636 +not asked: each refusal counts/,
      /ldap\.bindPasswordFile/,
    ],
    [
      'a base of the groups that is not there',
      'CARDINAL_LDAP_GROUP_BASE_DN=OU=Nowhere,DC=contoso,DC=test',
      /domain +CONTOSO[\s\S]*Negotiate/,
      /OU=Nowhere,DC=contoso,DC=test/,
    ],
    [
      'a host that the keytab has no key for',
      'CARDINAL_PUBLIC_URL=https://pki.contoso.test',
      /host of publicUrl +pki\.contoso\.test/,
      /Clients ask for a ticket for HTTP\/pki\.contoso\.test, the host of publicUrl; negotiate\.servicePrincipal is HTTP\/cardinal/,
    ],
    [
      'a keytab that is none',
      'CARDINAL_NEGOTIATE_KEYTAB_FILE=/srv/cardinal/etc/server.pem',
      /add-on +there\n +keytab +\S+server\.pem\n +service principal/,
      /server\.pem is no keytab/,
    ],
    [
      'authorities that are none',
      'CARDINAL_CLIENT_CERTIFICATE_AUTHORITIES_FILE=/srv/cardinal/etc/cardinal.env',
      /Client certificates\n +Cardinal's own +taken/,
      /The file of authorities \S+ is unusable/,
    ],
  ] as const) {
    test(`says before anybody signs in what is wrong: ${what}`, async () => {
      const { output, code } = await domain.shell.run(`${settings} cardinal auth test`)
      assert.equal(code, 1, output)
      assert.match(output, shown)
      assert.match(output.slice(output.indexOf('What is wrong')), wrong)
    })
  }

  test('lets the server’s own administrator in while the domain is down, and whoever is signed in go on', async () => {
    const address = 'https://cardinal.contoso.test:8443'
    const call = async (options: string, path: string) =>
      (await domain.shell.run(`curl -s ${options} ${address}${path}`)).output
    await domain.samba.kill()
    try {
      await assertRecipe(sectionOf(page, 'When the directory is down'), domain)
      // What the directory answered is good for three seconds.
      while (!(await call('', '/health/ready')).includes('"directory":"failed"'));
      assert.match(await call('-b jar', sessionPath), /"account":"CONTOSO\\\\alice"/)
      assert.match(await call('-u nobody:x', sessionPath), /ServiceUnavailable/)
    } finally {
      await domain.samba.restart()
    }
    assert.match(await call('--retry 10 --retry-all-errors --fail', '/health/ready'), /"directory":"ok"/)
  })

  test('enrolls with a ticket alone, as the page of the walkthrough shows', async () => {
    await assertRecipe(walkthroughPage, domain)
  })

  test('takes one session for the walkthrough, and API tokens, as the page shows', async () => {
    await assertRecipe(sectionOf(page, 'Sessions'), domain)
    await assertRecipe(sectionOf(page, 'API tokens'), domain)
  })

  test('goes on under old tickets and new ones while the keytab is renewed', async () => {
    await assertRecipe(sectionOf(keytabPage, 'A new keytab'), domain)
    const signIn = async () => {
      const { output } = await domain.shell.run(
        `curl -s --negotiate -u : https://cardinal.contoso.test:8443${sessionPath}`,
      )
      return output
    }
    assert.match(await signIn(), /"account":"CONTOSO\\\\alice"/)
    const { kinit } = domain.typed
    const { code } = await domain.shell.run('kinit alice@CONTOSO.TEST', await kinit?.())
    assert.equal(code, 0)
    assert.match(await signIn(), /"account":"CONTOSO\\\\alice"/)
    const { output } = await domain.shell.run('kvno HTTP/cardinal.contoso.test')
    assert.match(output, /kvno = 3/)
  })

  test('signs in to the directory without a password, as the page shows', async () => {
    await domain.samba.requireStrongAuthentication('allow_sasl_over_tls')
    await domain.samba.kill()
    await domain.samba.restart()
    await assertRecipe(sectionOf(page, 'Without a password'), domain)
  })

  test('puts no secret into the log', async () => {
    const log = await domain.shell.log()
    const accounts = JSON.parse(
      readFileSync(path.join(domain.shell.folder, 'data', 'new-accounts.json'), 'utf8'),
    )
    const { kinit } = domain.typed
    const secrets = [
      await kinit?.(),
      readFileSync(path.join(domain.shell.folder, 'etc', 'ldap-password'), 'utf8'),
      String(accounts[0].password),
    ]
    for (const secret of secrets) assert.ok(secret !== undefined && !log.includes(secret.trim()))
    assert.match(log, /"as":"CN=svc-cardinal,[^"]*","by":"password"/)
    assert.match(log, /"msg":"connected to the directory"/)
  })
})

describe('the recipe for Keycloak, at a provider of the same kind', () => {
  let recipe: RecipeProvider
  before(async () => {
    recipe = await startRecipeProvider()
  })
  after(() => recipe?.stop())

  test('does what the page shows', () => assertRecipe(sectionOf(page, provider), recipe))

  test('says why a token signs nobody in', async () => {
    const token = await recipe.provider.accessToken('nobody')
    const { output, code } = await recipe.shell.run(
      'cat > other; cardinal auth test --token-file other',
      token,
    )
    assert.equal(code, 1)
    assert.match(output, /The token is refused: unknown-user\./)
  })
})

test('every reason that the log may give stands in the page', () => {
  const table = sectionOf(page, 'Reasons in the log')
  const unnamed = reasonsInSource().filter(reason => !table.includes(`\`${reason}\``))
  assert.deepEqual(unnamed, [])
})

/** The words that refusals of signing in are made with. */
function reasonsInSource(): string[] {
  const files = readdirSync(new URL('src/identity/', root), { recursive: true, encoding: 'utf8' })
  const reasons = files
    .filter(name => name.endsWith('.ts'))
    .map(name => read(`src/identity/${name}`))
    .flatMap(source => [
      ...source.matchAll(/(?:SignInRefusal|refusal)\(\s*'([a-z-]+)',/g),
      // Tables of a fault and its reason.
      ...source.matchAll(/^\s+\['([a-z-]+)',\s/gm),
      ...source.matchAll(/^\s+(?:\[\/.+\/i?, )?'([a-z]+(?:-[a-z]+)+)',$/gm),
      ...source.matchAll(/^\s+\[\/.+\/i?, '([a-z-]+)',/gm),
    ])
    .map(([, reason = '']) => reason)
  const ofDirectory = ['directory/ldap/attributes/account-state.ts', 'workflows/ports/password-answer.ts']
    .map(name => read(`src/${name}`))
    .flatMap(source => [...source.matchAll(/(?:\||=) '([a-z-]+)'(?=$| \|)/gm)])
    .map(([, reason = '']) => reason)
    .filter(reason => reason !== 'accepted')
  assert.ok(reasons.length > 40 && ofDirectory.length > 8)
  return [...new Set([...reasons, ...ofDirectory])]
}
