import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLdapEventLog } from '../../src/cli/environment/log-ldap-events.ts'
import { directoryCheck } from '../../src/cli/server/health-checks.ts'
import { LdapFault } from '../../src/directory/ldap/ldap-fault.ts'
import { settableClock } from '../testbed/environment.ts'

const start = new Date('2030-01-01T00:00:00Z')

describe('the readiness of the directory', () => {
  function open() {
    const clock = settableClock(start)
    const asked: PromiseWithResolvers<void>[] = []
    const check = directoryCheck(
      {
        check() {
          const answer = Promise.withResolvers<void>()
          asked.push(answer)
          return answer.promise
        },
      },
      clock,
    )
    return { clock, asked, check }
  }

  test('is asked for once for all who want to know, for some seconds', async () => {
    const { clock, asked, check } = open()
    const waiting = [check(), check()]
    asked[0]?.resolve()
    await Promise.all(waiting)
    clock.advance(2_999)
    await check()
    assert.equal(asked.length, 1)
    clock.advance(1)
    const late = check()
    assert.equal(asked.length, 2)
    asked[1]?.reject(new Error('down'))
    await assert.rejects(late, /down/)
    await assert.rejects(check(), /down/)
    assert.equal(asked.length, 2)
  })

  test('is not asked for again while the directory still thinks', async () => {
    const { clock, asked, check } = open()
    const first = check()
    clock.advance(60_000)
    const second = check()
    assert.equal(asked.length, 1)
    asked[0]?.resolve()
    await Promise.all([first, second])
    const third = check()
    assert.equal(asked.length, 2)
    asked[1]?.resolve()
    await third
  })
})

describe('the log of the directory', () => {
  test('tells what comes with every lookup once a minute, and everything else each time', () => {
    const clock = settableClock(start)
    const told: string[] = []
    const write = (level: string) => (facts: object | string, text?: string) =>
      void told.push(
        `${level} ${text ?? facts} ${typeof facts === 'string' ? '' : JSON.stringify(facts)}`.trim(),
      )
    const log = createLdapEventLog({ info: write('info'), warn: write('warn') }, clock)
    const fault = new LdapFault('unreachable', 'ldaps://dc1: refused', null, {
      cause: new Error('its own words'),
    })
    for (let times = 0; times < 3; times++) {
      log({ kind: 'served-from-cache', fault })
      log({ kind: 'no-token-groups' })
      log({ kind: 'account-refused', uuid: 'alice', reason: 'expired' })
    }
    assert.equal(told.length, 5)
    clock.advance(60_000)
    log({ kind: 'served-from-cache', fault })
    assert.equal(told.length, 6)
    assert.match(told.at(-1) ?? '', /^warn .*remembered .*ldaps:\/\/dc1: refused ← its own words/)
    assert.ok(
      told.includes('info an account of the directory is not usable {"user":"alice","reason":"expired"}'),
    )
    log({ kind: 'server-failed', url: 'ldaps://dc1', fault })
    assert.match(told.at(-1) ?? '', /^warn a server of the directory failed .*dc1.* ← its own words/)
  })
})
