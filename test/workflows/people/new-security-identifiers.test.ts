import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addGroup } from '../../../src/workflows/people/add-group.ts'
import { addUser } from '../../../src/workflows/people/add-user.ts'
import { NewSecurityIdentifiers } from '../../../src/workflows/people/new-security-identifiers.ts'
import type { PeopleEnvironment } from '../../../src/workflows/people/people-environment.ts'
import { onMigratedPostgresql } from '../../testbed/migrated-postgresql.ts'
import { importCsv, importLdif, openPeople, stateOf } from '../people-testbed.ts'

const organisation = {
  ...{ name: 'Contoso', domain: 'CONTOSO', dnsName: 'contoso.com' },
  ...{ domainSid: 'S-1-5-21-1-2-3', serviceAccountSid: 'S-1-5-21-1-2-3-1102' },
}

/** Draws the same number over and over. */
function drawingAlways(environment: PeopleEnvironment, number: number): PeopleEnvironment {
  return { ...environment, randomness: { ...environment.randomness, integer: () => number } }
}

async function assertAllDiffer(environment: PeopleEnvironment): Promise<number> {
  const { users, groups } = await stateOf(environment)
  const sids = [...users, ...groups].map(one => one?.sid)
  assert.equal(new Set(sids).size, sids.length)
  return sids.length
}

const user = (accountName: string) => ({ accountName, groups: [] })

test('an identifier is not the service’s, nor stated for others, nor given before, nor anybody’s', () => {
  const always = { integer: () => 0 }
  const sids = new NewSecurityIdentifiers(always, organisation, ['S-1-5-21-1-2-3-1101'])
  const isTaken = (sid: string) => sid === 'S-1-5-21-1-2-3-1104'
  assert.deepEqual(
    [sids.draw(isTaken), sids.draw(isTaken), sids.draw(isTaken)],
    ['S-1-5-21-1-2-3-1100', 'S-1-5-21-1-2-3-1103', 'S-1-5-21-1-2-3-1105'],
  )
})

test('an identifier never comes twice, however randomness repeats itself', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1 }), fc.array(fc.nat(9)), (numbers, others) => {
      let draws = 0
      const integer = () => numbers[draws++ % numbers.length] ?? 0
      const taken = new Set(others.map(other => `S-1-5-21-1-2-3-${1100 + other}`))
      const sids = new NewSecurityIdentifiers({ integer }, organisation)
      const drawn = Array.from({ length: 20 }, () => sids.draw(sid => taken.has(sid)))
      const reserved = taken.add(organisation.serviceAccountSid)
      assert.equal(drawn.filter(sid => reserved.has(sid)).length, 0)
      assert.equal(new Set(drawn).size, drawn.length)
    }),
  )
})

test('users and groups that are added never share one', async t => {
  const { environment } = await openPeople(t)
  const always = drawingAlways(environment, 7)
  const before = await assertAllDiffer(environment)
  await addUser(always, user('anna'), null)
  await addGroup(always, 'Staff')
  await addUser(always, user('bert'), null)
  await addGroup(always, 'Drivers')
  assert.equal(await assertAllDiffer(environment), before + 4)
})

test('an import gives each person and each group one of their own, beside those that are there', async t => {
  const { environment } = await openPeople(t)
  const always = drawingAlways(environment, 7)
  const before = await assertAllDiffer(environment)
  const anna = await addUser(always, user('anna'), null)
  const staff = await addGroup(always, 'Staff')
  const { domainSid } = (await environment.store.reader.findOrganisation()) ?? assert.fail()
  // The last of the file states the one that the first would get.
  const next = `${domainSid}-${1100 + 7 + 2}`
  const { people, groups } = await importCsv(
    always,
    `account,groups,sid\nbert,Staff|Drivers,\ncarl,Cooks,\ndora,,${next}\n`,
    { addGroups: true },
  )
  assert.equal(people.at(-1)?.after.sid, next)
  assert.deepEqual([people.length, groups.length, staff.sid === anna.sid], [3, 3, false])
  assert.equal(await assertAllDiffer(environment), before + 2 + 3 + 2)
})

test('an import from LDAP gives one to entries that bring none', async t => {
  const { environment } = await openPeople(t)
  const before = await assertAllDiffer(environment)
  const entries = ['emil', 'frida'].map(
    uid => `dn: uid=${uid},dc=x\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\n\n`,
  )
  const groups = ['Staff', 'Cooks'].map(
    cn => `dn: cn=${cn},dc=x\nobjectClass: groupOfNames\ncn: ${cn}\nmember: uid=emil,dc=x\n\n`,
  )
  await importLdif(drawingAlways(environment, 0), [...entries, ...groups].join(''))
  assert.equal(await assertAllDiffer(environment), before + 4)
})

onMigratedPostgresql(createDatabase => {
  test('users and groups that are added at once never share one', async t => {
    const { environment } = await openPeople(t, { postgresUrl: await createDatabase() })
    const always = drawingAlways(environment, 7)
    const before = await assertAllDiffer(environment)
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => [
        addUser(always, user(`person-${index}`), null),
        addGroup(always, `Group ${index}`),
      ]).flat(),
    )
    assert.equal(await assertAllDiffer(environment), before + 20)
  })
})
