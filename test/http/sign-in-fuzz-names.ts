import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeSubjectAlternativeName } from '../../src/x509/extensions/subject-alternative-name.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { generateTestKey } from '../x509/test-authority.ts'
import { outcomeOf } from './authorization/answer.ts'
import { inject, ticketFor } from './authorization/schemes.ts'
import type { ServerOfSchemes } from './authorization/server-of-schemes.ts'

/** What would be somebody's name where a filter, a distinguished name or a statement is put together from text. */
const names = [
  '*',
  'al*',
  'alice*',
  '*)(objectClass=*',
  'alice)(|(objectClass=*',
  'alice))(|(uid=*',
  'alice)(uid=alice',
  '*)(&',
  'zed)(!(uid=zed',
  '(alice)',
  '&(uid=alice)',
  'alice)',
  'alice(',
  '\\61lice',
  'al\\69ce',
  'alice\\29',
  'alice\\00',
  'alice\0',
  'alice\n',
  '\x61lice\x7f',
  'uid=alice',
  'uid=alice,ou=people,dc=contoso,dc=com',
  'alice,ou=people',
  'alice+uid=alice',
  '#616c696365',
  '"alice"',
  'alice;binary',
  'uid:dn:=alice',
  'álice',
  'аlice',
  'ａｌｉｃｅ',
  'al\u00adice',
  'al\u200bice',
  'alice\u3000',
  ' alice',
  'alice ',
  'alice@',
  '@contoso.com',
  'alice@contoso.com@contoso.com',
  'alice@*',
  'CONTOSO\\',
  '\\alice',
  'CONTOSO\\*',
  'CONTOSO\\alice\\alice',
  'CONTOSO\\alice@contoso.com',
  '*\\alice',
  "alice' --",
  "' or '1'='1",
  'alice"; drop table users; --',
  'a%',
  '_lice',
  '$(alice)',
  '{{alice}}',
  'toString',
  '__proto__',
  '\ud800alice',
  'alice\udc00',
  'x'.repeat(8000),
  '('.repeat(5000),
  '*'.repeat(1000),
]

export interface Company {
  readonly server: ServerOfSchemes
  /** Who may ask after others. */
  readonly administrator: string
  /** A group whose members are managers; Alice is none of them. */
  readonly group: string
}

const v2 = '/CertificateManagement/api/v2.0'

/** Shows each name wherever a caller's text becomes a name that people are looked for by. */
export function describeNames(where: string, skip: string | false, start: () => Promise<Company>): void {
  describe(`a name that is none, among people ${where}`, { skip }, async () => {
    const { server, administrator, group } = await start()
    const { app, provider, passwordOf, company, authenticator } = server
    const basic = (name: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    })

    for (const [method, path, found] of [
      ['GET', 'sessions', '200'],
      ['GET', 'api-tokens', '200'],
      ['DELETE', 'sessions', '204'],
    ] as const) {
      test(`is nobody’s to ${method} ${path} of`, async () => {
        const headers = basic(administrator, passwordOf('admin'))
        const ask = async (name: string) =>
          outcomeOf(
            await inject(app, {
              method,
              url: `${v2}/${path}?user=${encodeURIComponent(name.toWellFormed())}`,
              headers,
            }),
          )
        for (const name of ['alice', 'CONTOSO\\alice', 'ALICE', 'alice@contoso.com'])
          assert.equal(await ask(name), found)
        for (const name of names)
          assert.equal(await ask(name), '404 UserNotFound', JSON.stringify(name.slice(0, 80)))
      })
    }

    test('signs nobody in by a password', async () => {
      const ask = async (name: string, index: number) => {
        const remoteAddress = `10.1.${index}.1`
        const headers = basic(name, passwordOf('alice'))
        return (await app.inject({ url: `${v2}/session`, headers, remoteAddress })).statusCode
      }
      assert.equal(await ask('alice', 255), 200)
      const statuses = await Promise.all(names.map(ask))
      // Names that differ by their domains alone are slowed down together.
      const found = names.filter((_, index) => ![401, 429].includes(statuses[index] ?? 0))
      assert.deepEqual(found, [])
      assert.ok(statuses.filter(status => status === 401).length > names.length / 2)
    })

    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: provider.issuer, aud: provider.audience, sub: 'x', iat, exp: iat + 600 }
    const byToken = async (change: object) => {
      const authorization = `Bearer ${await provider.sign({ ...claims, upn: 'alice@contoso.com', ...change })}`
      return await inject(app, { url: `${v2}/session`, headers: { authorization } })
    }

    test('signs nobody in by a token', async () => {
      assert.equal((await byToken({})).status, 200)
      for (const upn of names)
        assert.equal((await byToken({ upn })).status, 401, JSON.stringify(upn.slice(0, 80)))
    })

    test('is no group of a token', async () => {
      const rolesOf = async (groups: readonly string[]) => JSON.parse((await byToken({ groups })).body).roles
      assert.ok((await rolesOf([group])).includes('manager'))
      const ofGroup = names.map(name => name.replace('alice', group)).filter(name => name.trim() !== group)
      for (const name of ['Manage*', '*)(cn=Managers', 'Managers)(cn=*', ...ofGroup]) {
        assert.deepEqual(await rolesOf([name]), [], JSON.stringify(name.slice(0, 80)))
      }
    })

    test('signs nobody in by a ticket', { skip: leftOutWithout('kerberos') }, async () => {
      const byTicket = (client: string) =>
        inject(app, {
          url: `${v2}/session`,
          headers: { authorization: `Negotiate ${ticketFor(server, client)}` },
        })
      assert.equal((await byTicket('alice')).status, 200)
      for (const name of names) {
        assert.equal((await byTicket(name)).status, 401, JSON.stringify(name.slice(0, 80)))
      }
    })

    test('signs nobody in by a certificate', async () => {
      const key = generateTestKey('P-256')
      const [notBefore, notAfter] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
      for (const type of ['userPrincipalName', 'rfc822Name'] as const) {
        for (const value of type === 'userPrincipalName' ? names : names.filter(isAscii)) {
          const extensions = [encodeSubjectAlternativeName([{ type, value: value.toWellFormed() }], false)]
          const der = company.issue(key, { notBefore, notAfter, extensions })
          const shown = {
            authorization: null,
            sessionToken: null,
            clientCertificate: { der, fault: null },
            address: '',
            correlationId: '',
          }
          await assert.rejects(
            authenticator.signIn(shown),
            { code: 'NotSignedIn' },
            `${type} ${JSON.stringify(value.slice(0, 80))}`,
          )
        }
      }
    })
  })
}

function isAscii(text: string): boolean {
  return Buffer.from(text, 'latin1').toString('utf8') === text
}
