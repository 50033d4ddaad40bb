import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scheduleDirectoryLook } from '../../../src/cli/server/schedule-directory-look.ts'
import { LdapFault } from '../../../src/directory/ldap/ldap-fault.ts'
import { CardinalError } from '../../../src/domain/error.ts'

test('a directory that cannot be asked is told at start, with the setting at fault, and once a day', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const fault = new LdapFault('operation', 'ldap.baseDn OU=Nope does not exist')
  const told: unknown[] = []
  const look = scheduleDirectoryLook(
    {
      async check() {
        throw new CardinalError('ServiceUnavailable', 'It cannot be asked.', { cause: fault })
      },
    },
    { error: (facts: unknown, text?: string) => void told.push([facts, text]) },
  )
  t.mock.timers.tick(86_400_000)
  await look.stop()
  const line = [
    { fault: 'It cannot be asked. ← ldap.baseDn OU=Nope does not exist' },
    'the directory cannot be asked: nobody of it can sign in',
  ]
  assert.deepEqual(told, [line, line])
  await scheduleDirectoryLook({ check: async () => {} }, { error: () => assert.fail() }).stop()
})
