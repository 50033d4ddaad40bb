import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LdapOptions } from '../../../src/directory/ldap/ldap-options.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { type Contoso, openDirectory } from './contoso.ts'
import { startTcpProxy } from './tcp-proxy.ts'

export function describeTls(contoso: () => Contoso, skip: string | false): void {
  for (const [kind, scheme, startTls] of [
    ['LDAPS', 'ldaps', false],
    ['StartTLS', 'ldap', true],
  ] as const) {
    describe(`a domain controller over ${kind}`, { skip }, () => {
      const open = (address: string, tls: LdapOptions['tls'] & {}) =>
        openDirectory(contoso(), { urls: [`${scheme}://${address}`], startTls, tls })

      test('is trusted with the right authority and name', async t => {
        const { samba, alice } = contoso()
        const { directory } = open(samba.address, { certificationAuthorities: samba.authorities.trusted })
        t.after(directory.close)
        await directory.check()
        assert.deepEqual(await directory.findUser(alice.uuid), alice)
      })

      for (const [what, pick] of [
        ['an authority of the same name that is another', (each: Contoso) => each.samba.authorities.foreign],
        ['an authority that the system does not know', () => undefined],
      ] as const) {
        test(`is refused with ${what}`, async () => {
          const certificationAuthorities = pick(contoso())
          const tls = certificationAuthorities === undefined ? {} : { certificationAuthorities }
          await assertRefused(open(contoso().samba.address, tls), /certificate/i)
        })
      }

      test('is refused under a name that its certificate does not bear', async () => {
        const { unnamedAddress, authorities } = contoso().samba
        const tls = { certificationAuthorities: authorities.trusted }
        await assertRefused(open(unnamedAddress, tls), /for another name/)
      })

      test('is taken unseen where the administrator says so', async t => {
        const { directory } = open(contoso().samba.unnamedAddress, { checkCertificate: false })
        t.after(directory.close)
        await directory.check()
      })
    })
  }

  describe('the password of our own account', { skip }, () => {
    for (const [kind, startTls] of [
      ['never goes over the network with StartTLS', true],
      ['goes over it only where the administrator allows it', false],
    ] as const) {
      test(kind, async t => {
        const { samba, service } = contoso()
        const proxy = await startTcpProxy({ host: samba.address, port: 389 })
        t.after(proxy.close)
        const { directory } = openDirectory(contoso(), {
          urls: [`ldap://127.0.0.1:${proxy.port}`],
          startTls,
          allowUnencrypted: !startTls,
          tls: { checkCertificate: false },
        })
        t.after(directory.close)
        await directory.check()
        assert.equal(proxy.sent().includes(service.password), !startTls)
      })
    }
  })
}

async function assertRefused(
  { directory, events }: ReturnType<typeof openDirectory>,
  reason: RegExp,
): Promise<void> {
  await assert.rejects(
    directory.check(),
    (error: unknown) => error instanceof CardinalError && error.code === 'ServiceUnavailable',
  )
  const failure = events.find(event => event.kind === 'server-failed')
  assert.match(failure?.fault.message ?? '', reason)
  await directory.close()
}
