import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLdapMapping } from '../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import type { LdapOptions } from '../../../src/directory/ldap/ldap-options.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import { type Contoso, openDirectory } from './contoso.ts'

type Mistake = (contoso: Contoso) => Partial<LdapOptions>

const mistakes: readonly (readonly [what: string, mistake: Mistake, message: RegExp, words: RegExp])[] = [
  [
    'a base that is not there',
    () => ({ baseDn: 'OU=Nope,DC=contoso,DC=test' }),
    /^ldaps:\/\/127\S+: ldap\.baseDn OU=Nope,DC=contoso,DC=test does not exist, or the account CN=service\S+ may not see it$/,
    /Code: 0x20/,
  ],
  [
    'a base of groups that is not there',
    () => ({ groupBaseDn: 'OU=Nope,DC=contoso,DC=test' }),
    /ldap\.groupBaseDn OU=Nope,DC=contoso,DC=test does not exist/,
    /Code: 0x20/,
  ],
  [
    'a wrong password',
    ({ service: { bindDn } }) => signInAs(bindDn, 'wrong'),
    /ldap\.bindDn CN=service\S+ or the password in the file of ldap\.bindPasswordFile is wrong\. The same .* five minutes, another one in the file at once\.$/,
    /data 52e/,
  ],
  [
    'the name of nobody',
    () => signInAs('CN=nobody,DC=contoso,DC=test', 'wrong'),
    /ldap\.bindDn CN=nobody,DC=contoso,DC=test or the password in the file of ldap\.bindPasswordFile is wrong\. The same .* five minutes, another one in the file at once\.$/,
    /data 52e/,
  ],
  [
    'an account that has expired',
    () => signInAs('exeter@contoso.test', 'alright'),
    /ldap\.bindDn exeter@contoso\.test has expired\./,
    /data 701/,
  ],
  [
    'an account that is locked',
    () => signInAs('locke@contoso.test', 'alright'),
    /ldap\.bindDn locke@contoso\.test is locked, most likely after wrong passwords\./,
    /data 775/,
  ],
  [
    'the authority of somebody else',
    ({ samba }) => ({ tls: { certificationAuthorities: samba.authorities.foreign } }),
    /no authority of the file of ldap\.authoritiesFile .* vouches for the certificate of the server/,
    /certificate/,
  ],
  [
    'the authority of somebody else, with StartTLS',
    ({ samba }) => ({
      urls: [`ldap://${samba.address}`],
      startTls: true,
      tls: { certificationAuthorities: samba.authorities.foreign },
    }),
    /no authority of the file of ldap\.authoritiesFile .* vouches for the certificate of the server/,
    /certificate/,
  ],
  [
    'a name that the certificate does not have',
    ({ samba }) => ({ urls: [`ldaps://${samba.unnamedAddress}`] }),
    /is for another name; write one that it has into ldap\.urls: DNS:dc1\.contoso\.test, IP Address:127/,
    /altnames/,
  ],
  [
    'TLS at the port that has none',
    ({ samba }) => ({ urls: [`ldaps://${samba.address}:389`] }),
    /is 389 its port for LDAPS \(commonly 636\)\?$/,
    /ECONNRESET/,
  ],
  [
    'StartTLS at the port for TLS',
    ({ samba }) => ({ urls: [`ldap://${samba.address}:636`], startTls: true }),
    /is 636 its port for LDAP without TLS \(commonly 389\)\?$/,
    /ECONNRESET|closed/,
  ],
  [
    'a port at which nobody listens',
    ({ samba }) => ({ urls: [`ldaps://${samba.address}:999`] }),
    /nothing listens there: .*ldap\.urls/,
    /ECONNREFUSED/,
  ],
  [
    'a host that is not there',
    () => ({ urls: ['ldaps://dc9.contoso.invalid'] }),
    /DNS (does not know the host: compare the name with ldap\.urls|does not answer)/,
    /ENOTFOUND|EAI_AGAIN/,
  ],
]

/** An administrator reads these, and knows from each which setting to look at. */
export function describeMistakes(contoso: () => Contoso, skip: string | false): void {
  describe('what is set wrongly for the directory is told by the name of the setting', { skip }, () => {
    for (const [what, mistake, message, words] of mistakes) {
      test(what, async t => {
        const { directory } = openDirectory(contoso(), mistake(contoso()))
        t.after(directory.close)
        const fault = await faultOf(directory.check())
        assert.match(fault.message, message)
        // What the server said comes beneath, for the log.
        assert.ok(fault.cause instanceof LdapFault)
        assert.match(fault.cause.message, words)
      })
    }

    test('another kind of directory', async t => {
      const { directory } = openDirectory(contoso(), { mapping: openLdapMapping })
      t.after(directory.close)
      for (const lookup of [directory.check(), directory.findUserByName('alice')]) {
        const { message } = await faultOf(lookup)
        assert.match(message, /this is Active Directory: set ldap\.kind to active-directory$/)
      }
    })

    test('no account at all', async t => {
      const { directory } = openDirectory(contoso(), {}, { isAnonymous: true })
      t.after(directory.close)
      assert.match((await faultOf(directory.check())).message, /set ldap\.bindDn and ldap\.bindPasswordFile$/)
    })

    test('a file of the password that cannot be read', async t => {
      const readPassword = () => Promise.reject(new Error('ENOENT: /etc/password'))
      const credentials = { bindDn: contoso().service.bindDn, readPassword }
      const { directory } = openDirectory(contoso(), { credentials })
      t.after(directory.close)
      const { message } = await faultOf(directory.check())
      assert.equal(message, 'The file of ldap.bindPasswordFile cannot be read: ENOENT: /etc/password')
    })

    test('no right to write certificates', async t => {
      const { alice } = contoso()
      const { directory } = openDirectory(contoso(), signInAs('bob@contoso.test', 'alright'))
      t.after(directory.close)
      const { message } = await faultOf(directory.publishCertificate(alice, Buffer.from('der')))
      assert.match(
        message,
        /bob@contoso\.test may not write userCertificate of CN=alice\S+: .*Cert Publishers$/,
      )
    })
  })
}

function signInAs(bindDn: string, password: string): Partial<LdapOptions> {
  return { credentials: { bindDn, readPassword: () => password } }
}

async function faultOf(lookup: Promise<unknown>): Promise<LdapFault> {
  const error = await lookup.then(
    () => assert.fail('It did not fail.'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof CardinalError && error.cause instanceof LdapFault, String(error))
  return error.cause
}
