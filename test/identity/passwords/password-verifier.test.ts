import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PasswordAccount } from '../../../src/identity/passwords/password-accounts.ts'
import { createPasswordVerifier } from '../../../src/identity/passwords/password-verifier.ts'
import type { PasswordAnswer } from '../../../src/workflows/ports/password-answer.ts'
import { createClockFake } from '../clock-fake.ts'

const accepted = async () => 'accepted' as const

/** Nothing comes of it while `answer` is awaited. */
function account(
  verifiedBy: PasswordAccount['verifiedBy'],
  answer: Promise<PasswordAnswer>,
): PasswordAccount {
  return { version: '1', verifiedBy, verify: () => answer }
}

for (const [slow, quick] of [
  ['directory', 'server'],
  ['server', 'directory'],
] as const) {
  test(`while the ${slow} is slow, passwords that the ${quick} verifies wait for nothing`, async () => {
    const verifier = createPasswordVerifier({
      clock: createClockFake(),
      key: new Uint8Array(32),
      simultaneous: 2,
      waiting: 1,
    })
    const verify = (accountName: string, one: PasswordAccount) => {
      const claim = { accountName, password: 'secret', account: one }
      return verifier.verify(verifier.fingerprint(claim), claim, accepted)
    }
    const { promise, resolve } = Promise.withResolvers<PasswordAnswer>()
    const waiting = ['alice', 'bob', 'carol'].map(name => verify(name, account(slow, promise)))
    await assert.rejects(verify('dave', account(slow, promise)), { code: 'SignInThrottled' })
    assert.equal(await verify('admin', account(quick, accepted())), 'accepted')
    resolve('accepted')
    assert.deepEqual(await Promise.all(waiting), ['accepted', 'accepted', 'accepted'])
  })
}
