import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { Attribute, Change } from 'ldapts'
import type { LdapOptions } from '../../../src/directory/ldap/ldap-options.ts'
import { CardinalError } from '../../../src/domain/error.ts'
import type { PasswordAnswer } from '../../../src/workflows/ports/password-answer.ts'
import { settableClock } from '../../testbed/environment.ts'
import { createUser, replaceAttributes } from '../../testbed/samba/people.ts'
import { type Contoso, openDirectory, valuesOf } from './contoso.ts'
import { startTcpProxy } from './tcp-proxy.ts'

export function describePasswords(contoso: () => Contoso, skip: string | false): void {
  /** A new user of this name with the password `right`. */
  async function newUser(t: TestContext, name: string, options: Partial<LdapOptions> = {}) {
    const { samba } = contoso()
    const dn = await samba.administer(client => createUser(client, samba.baseDn, { name, password: 'right' }))
    const opened = openDirectory(contoso(), options)
    t.after(opened.directory.close)
    const user = await opened.directory.findUserByName(name)
    assert.ok(user !== null)
    const answers: PasswordAnswer[] = []
    const verify = async (password: string) => {
      const answer = await opened.directory.verifyPassword(user, password)
      answers.push(answer)
      return answer
    }
    const badPasswords = async () => Number(String((await valuesOf(contoso(), name, 'badPwdCount'))[0] ?? 0))
    return { ...opened, user, dn, verify, badPasswords, answers }
  }

  const setPassword = (dn: string, password: string) =>
    contoso().samba.administer(client => {
      // MS-ADTS 3.1.1.3.1.5: between quotation marks, as UTF-16.
      const values = [Buffer.from(`"${password}"`, 'utf16le')]
      const modification = new Attribute({ type: 'unicodePwd', values })
      return client.modify(dn, new Change({ operation: 'replace', modification }))
    })

  describe('a password in Active Directory', { skip }, () => {
    test('is verified by a bind', async t => {
      const { verify } = await newUser(t, 'paul')
      assert.equal(await verify('right'), 'accepted')
      assert.equal(await verify('wrong'), 'wrong-password')
      assert.equal(await verify('Right'), 'wrong-password')
    })

    for (const [what, password] of [
      ['none at all', ''],
      ['with a NUL', 'right\0'],
      ['half of a character', '\ud800'],
      ['of 10,000 characters', 'a'.repeat(10_000)],
    ]) {
      test(`is refused without asking where it is ${what}`, async t => {
        const { verify, user, directory, badPasswords } = await newUser(t, `quentin${what?.length}`)
        const proxy = await startTcpProxy({ host: contoso().samba.address, port: 389 })
        t.after(proxy.close)
        const watched = openDirectory(contoso(), {
          urls: [`ldap://127.0.0.1:${proxy.port}`],
          allowUnencrypted: true,
        })
        t.after(watched.directory.close)
        assert.equal(await watched.directory.verifyPassword(user, password ?? ''), 'impossible-password')
        assert.equal(await watched.directory.verifyPassword(null, password ?? ''), 'unknown-name')
        assert.equal(proxy.count, 0)
        assert.equal(await verify(password ?? ''), 'impossible-password')
        assert.equal(await directory.verifyPassword(null, password ?? ''), 'unknown-name')
        assert.equal(await badPasswords(), 0)
      })
    }

    test('that was refused is not sent again for five minutes, so that its repetition locks nobody out', async t => {
      const { verify, badPasswords, clock } = await newUser(t, 'rita')
      assert.equal(await verify('wrong'), 'wrong-password')
      for (let times = 1; times < 10; times++) assert.equal(await verify('wrong'), 'refused-before')
      assert.equal(await badPasswords(), 1)
      assert.equal(await verify('also wrong'), 'wrong-password')
      assert.equal(await badPasswords(), 2)
      assert.equal(await verify('right'), 'accepted')
      clock.advance(299_999)
      await verify('wrong')
      assert.equal(await badPasswords(), 0)
      clock.advance(1)
      await verify('wrong')
      assert.equal(await badPasswords(), 1)
    })

    test('that was refused is sent again once the account has another one', async t => {
      const { verify, dn } = await newUser(t, 'sally')
      assert.equal(await verify('newer'), 'wrong-password')
      await setPassword(dn, 'newer')
      assert.equal(await verify('newer'), 'accepted')
      assert.equal(await verify('right'), 'wrong-password')
    })

    test('refused for one account is sent for another', async t => {
      const first = await newUser(t, 'tom')
      const second = await newUser(t, 'ulla')
      await setPassword(second.dn, 'shared')
      assert.equal(await first.verify('shared'), 'wrong-password')
      assert.equal(await first.directory.verifyPassword(second.user, 'shared'), 'accepted')
    })

    test('is verified where the account lies now', async t => {
      const { verify, dn } = await newUser(t, 'vera')
      const { samba } = contoso()
      const away = `CN=Vera,CN=Computers,${samba.baseDn}`
      await samba.administer(client => client.modifyDN(dn, away))
      assert.equal(await verify('right'), 'accepted')
      await samba.administer(client => client.del(away))
      assert.equal(await verify('right'), 'forbidden')
    })

    for (const [reason, name, attributes] of [
      ['disabled', 'walt', { userAccountControl: String(0x200 + 0x2) }],
      ['expired', 'xena', { accountExpires: '132223104000000000' }],
      ['password-must-change', 'yuri', { pwdLastSet: '0', userAccountControl: String(0x200) }],
    ] as const) {
      test(`is not enough where the reason is ${reason}, which is told`, async t => {
        const { verify, dn, badPasswords } = await newUser(t, name)
        await contoso().samba.administer(client => replaceAttributes(client, dn, attributes))
        const answers = [await verify('right'), await verify('wrong'), await verify('right')]
        assert.deepEqual([answers[0], answers[2]], [reason, reason])
        if (reason !== 'password-must-change') assert.equal(await badPasswords(), 0)
      })
    }

    test('is not enough where the account is locked', async t => {
      const { verify } = await newUser(t, 'zoe')
      for (const password of ['one', 'two', 'three']) assert.equal(await verify(password), 'wrong-password')
      assert.equal(await verify('right'), 'locked')
    })

    test('guessed by strangers never locks the account, whose owner signs in elsewhere meanwhile', async t => {
      const clock = settableClock(new Date())
      const { verify, answers, badPasswords, user } = await newUser(t, 'olga', { clock })
      const guesses = Array.from({ length: 10 }, (_, index) => `guess ${index}`)
      for (const guess of guesses.slice(0, 5)) assert.notEqual(await verify(guess), 'accepted')
      await Promise.all(
        guesses.slice(5).map(async guess => assert.equal(await verify(guess), 'last-try-kept')),
      )
      assert.equal(await badPasswords(), 2)
      assert.deepEqual(answers.slice(0, 3), ['wrong-password', 'wrong-password', 'last-try-kept'])
      assert.equal(await verify('right'), 'last-try-kept')
      // The counter begins anew where somebody signs in, and what was not sent is not taken for wrong.
      await contoso().samba.signIn(user.accountName, 'right')
      assert.equal(await badPasswords(), 0)
      assert.equal(await verify('right'), 'accepted')
    })

    test('guessed by many at once never locks the account', async t => {
      const clock = settableClock(new Date())
      const { verify, badPasswords } = await newUser(t, 'otto', { clock })
      const guesses = Array.from({ length: 10 }, (_, index) => `guess ${index}`)
      await Promise.all(guesses.map(async guess => assert.notEqual(await verify(guess), 'accepted')))
      assert.ok((await badPasswords()) <= 2)
    })

    test('is sent again once the domain has forgotten the wrong ones', async t => {
      const clock = settableClock(new Date())
      const { verify, answers } = await newUser(t, 'oskar', { clock })
      for (const guess of ['one', 'two', 'three']) assert.notEqual(await verify(guess), 'accepted')
      assert.equal(answers.at(-1), 'last-try-kept')
      const last = clock.now().getTime()
      // Half an hour of the domain, and five minutes by which clocks may differ.
      clock.set(new Date(last + 34 * 60_000))
      assert.equal(await verify('right'), 'last-try-kept')
      clock.set(new Date(last + 36 * 60_000))
      assert.equal(await verify('right'), 'accepted')
    })

    test('takes the same work for a name that nobody has', async t => {
      const { samba, alice } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 389 })
      t.after(proxy.close)
      const { directory } = openDirectory(contoso(), {
        urls: [`ldap://127.0.0.1:${proxy.port}`],
        allowUnencrypted: true,
      })
      t.after(directory.close)
      await directory.check()
      const work = async (user: typeof alice | null, password: string) => {
        const before = { sent: proxy.sent().length, count: proxy.count }
        assert.notEqual(await directory.verifyPassword(user, password), 'accepted')
        return { bytes: proxy.sent().length - before.sent, connections: proxy.count - before.count }
      }
      // Whoever comes first in five minutes, known or not, has the rules of the domain read too.
      await work(null, 'wrong one')
      const known = await work(alice, 'wrong one')
      const again = await work(alice, 'wrong one')
      const disabled = await work({ ...alice, uuid: contoso().uuids.dora }, 'wrong one')
      const unknown = await work(null, 'wrong one')
      assert.equal(known.connections, 1)
      for (const other of [again, disabled, unknown]) {
        assert.equal(other.connections, known.connections)
        // Names differ in length, and nothing else does.
        assert.ok(Math.abs(other.bytes - known.bytes) < 40, inspect({ known, other }))
      }
    })

    test('is told to nobody', async t => {
      const { directory, events, user } = await newUser(t, 'secretive')
      const secret = 'Tr0ub4dor&3'
      await directory.verifyPassword(user, secret)
      assert.ok(!inspect(events, { depth: 20, showHidden: true }).includes(secret))
      const dead = openDirectory(contoso(), { urls: ['ldaps://127.0.0.1:1'] })
      const error = await dead.directory.verifyPassword(user, secret).catch((error: unknown) => error)
      assert.ok(error instanceof CardinalError && error.code === 'ServiceUnavailable')
      assert.ok(!inspect([error, dead.events], { depth: 20, showHidden: true }).includes(secret))
    })

    test('of somebody else never keeps us from asking, however often it is wrong', async t => {
      const { directory, verify } = await newUser(t, 'mallory')
      for (let times = 0; times < 5; times++) await verify(`guess ${times}`)
      await directory.check()
      assert.deepEqual(await directory.findUser(contoso().alice.uuid), contoso().alice)
    })

    test('is verified by the next server where one is down', async t => {
      const { samba } = contoso()
      const proxy = await startTcpProxy({ host: samba.address, port: 389 })
      const second = await startTcpProxy({ host: samba.address, port: 389 })
      t.after(second.close)
      const { verify } = await newUser(t, 'nora', {
        urls: [`ldap://127.0.0.1:${proxy.port}`, `ldap://127.0.0.1:${second.port}`],
        allowUnencrypted: true,
      })
      assert.equal(second.count, 0)
      await proxy.close()
      assert.equal(await verify('right'), 'accepted')
    })
  })
}
