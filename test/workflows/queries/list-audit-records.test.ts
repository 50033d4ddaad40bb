import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CardinalError } from '../../../src/domain/error.ts'
import { disableUser } from '../../../src/workflows/people/disable-user.ts'
import { enableUser } from '../../../src/workflows/people/enable-user.ts'
import { listAuditRecords } from '../../../src/workflows/queries/list-audit-records.ts'
import { sampleAudit } from '../../store/records.ts'
import { openPeople } from '../people-testbed.ts'

const all = { since: null, until: null, action: null, about: null, before: null, limit: 100 }

test('a name stands for the person, by any of their names and UUID, and for what was tried under it', async t => {
  const { testbed, environment } = await openPeople(t)
  const { user } = await disableUser(environment, 'alice')
  await enableUser(environment, 'alice')
  const refused = sampleAudit({ action: 'sign-in-refused', subject: 'alice', actorUuid: null })
  await testbed.store.transactor.transaction(tx => tx.audit({ ...refused, at: new Date(0) }))
  const about = async (name: string) => {
    const { records } = await listAuditRecords(testbed, { ...all, about: name })
    return records.map(({ action }) => action)
  }
  assert.deepEqual(await about('alice'), ['user-enabled', 'user-disabled', 'sign-in-refused'])
  for (const name of ['CONTOSO\\ALICE', user.userPrincipalName ?? '', user.uuid, user.uuid.toUpperCase()]) {
    assert.deepEqual(await about(name), ['user-enabled', 'user-disabled'], name)
  }
  assert.deepEqual(await about('nobody'), [])
})

test('a serial number is found in either case, and no directory is asked for it or for a UUID', async t => {
  const { testbed } = await openPeople(t)
  const serial = '0A1B2C3D4E5F60718293A4B5C6D7E8F9'
  await testbed.store.transactor.transaction(tx => tx.audit(sampleAudit({ subject: serial })))
  const down = new CardinalError('ServiceUnavailable', 'The directory is down.')
  const directory = { ...testbed.directory, findUserByName: () => Promise.reject(down) }
  for (const text of [serial, serial.toLowerCase()]) {
    const { records } = await listAuditRecords({ ...testbed, directory }, { ...all, about: text })
    assert.deepEqual(
      records.map(({ subject }) => subject),
      [serial],
    )
  }
  await listAuditRecords({ ...testbed, directory }, { ...all, about: testbed.randomness.uuid() })
  await assert.rejects(listAuditRecords({ ...testbed, directory }, { ...all, about: 'alice' }), down)
})

test('a page says where the next one begins, and the last one says that there is none', async t => {
  const { testbed } = await openPeople(t)
  const whole = await listAuditRecords(testbed, all)
  assert.equal(whole.next, null)
  const first = await listAuditRecords(testbed, { ...all, limit: 2 })
  const rest = await listAuditRecords(testbed, { ...all, before: first.next })
  assert.equal(first.records.length, 2)
  assert.deepEqual([...first.records, ...rest.records], whole.records)
  const exact = await listAuditRecords(testbed, { ...all, limit: whole.records.length })
  assert.equal(exact.next, null)
})
