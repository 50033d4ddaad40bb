import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { finishPreparedCertificates } from '../../src/workflows/certificates/finish-prepared-certificates.ts'
import { prepareCertificates } from '../../src/workflows/certificates/prepare-certificates.ts'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import { createRequest } from '../../src/workflows/requests/create-request.ts'
import { type Contoso, openDirectory, startContoso } from '../directory/ldap/contoso.ts'
import { openTestbed } from '../testbed/environment.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { replaceAttributes } from '../testbed/samba/people.ts'
import { certificationRequest } from './certification-request.ts'
import { enrollment, issue, issueOne, recordsOf, refused, software } from './stories.ts'

const skip = leftOutWithout('samba')
/** userAccountControl (MS-ADTS 2.2.16): a normal account, disabled. */
const disabledAccount = String(0x200 + 0x2)

/** The demo organisation, whose software certificate names its owner by what every account has. */
function withoutNames(file: OrganisationFile): OrganisationFile {
  for (const template of file.certificateTemplates) Object.assign(template, { subjectAlternativeNames: [] })
  return file
}

describe('a request that was approved for somebody in Active Directory', { skip }, () => {
  let contoso: Contoso
  before(async () => {
    contoso = await startContoso()
  })
  after(() => contoso?.samba.stop())

  /** An approved request, and the same person as the domain knows them by now. */
  async function approvedFor(
    t: Parameters<typeof openTestbed>[0],
    account: 'locke' | 'dora' | 'exeter' | 'bob',
  ) {
    const testbed = await openTestbed(t, { organisation: withoutNames })
    const caller = await testbed.callerOf('alice')
    const { uuid } = await createRequest(testbed, caller, enrollment(software))
    const { directory, clock } = openDirectory(contoso, { cacheSeconds: 60 })
    t.after(directory.close)
    const person = contoso.uuids[account]
    const environment = {
      ...testbed,
      directory: {
        ...testbed.directory,
        findUser: () => directory.findUser(person),
        findUserNow: () => directory.findUserNow(person),
      },
    }
    return { environment, caller, uuid, clock }
  }

  for (const account of ['dora', 'exeter'] as const) {
    test(`issues nothing to ${account}, whose account is disabled or expired`, async t => {
      const { environment, caller, uuid } = await approvedFor(t, account)
      await refused(
        issue(environment, caller, uuid, certificationRequest()),
        'UserStateForbids',
        new RegExp(`CONTOSO\\\\${account} is disabled or expired`),
      )
      assert.deepEqual(await recordsOf(environment, uuid), [])
    })
  }

  test('issues to locke, whom somebody locked out by guessing', async t => {
    const { environment, caller, uuid } = await approvedFor(t, 'locke')
    await issueOne(environment, caller, uuid)
    assert.equal((await recordsOf(environment, uuid))[0]?.requesterName, 'CONTOSO\\locke')
  })

  /** What his account is from now on: 512 is a normal one (MS-ADTS 2.2.16). */
  async function setBob(t: { after(undo: () => Promise<void>): void }, dn: string): Promise<void> {
    const set = (userAccountControl: string) =>
      contoso.samba.administer(client => replaceAttributes(client, dn, { userAccountControl }))
    await set(disabledAccount)
    t.after(() => set('512'))
  }

  test('issues nothing to bob from the moment that he is disabled, though he is remembered as he was', async t => {
    const { environment, caller, uuid } = await approvedFor(t, 'bob')
    const der = certificationRequest()
    const known = await environment.directory.findUser()
    assert.equal(known?.enabled, true)
    await setBob(t, known.distinguishedName)
    assert.equal((await environment.directory.findUser())?.enabled, true)
    await refused(issue(environment, caller, uuid, der), 'UserStateForbids')
    // What was found out counts for all others.
    assert.equal((await environment.directory.findUser())?.enabled, false)
    assert.deepEqual(await recordsOf(environment, uuid), [])
  })

  test('signs nothing for bob that a crash left, from the moment that he is disabled', async t => {
    const { environment, caller, uuid } = await approvedFor(t, 'bob')
    const submission = { certificationRequests: [certificationRequest()], pfxPassword: '', comments: '' }
    await prepareCertificates(environment, caller, uuid, submission)
    const known = await environment.directory.findUser()
    assert.equal(known?.enabled, true)
    await setBob(t, known.distinguishedName)
    assert.equal(await finishPreparedCertificates(environment), 0)
    assert.equal((await recordsOf(environment, uuid))[0]?.state, 'failed')
  })

  test('issues to bob while the directory is down, for as long as he is remembered, and to no stranger', async t => {
    const [known, stranger] = [await approvedFor(t, 'bob'), await approvedFor(t, 'bob')]
    await known.environment.directory.findUser()
    await contoso.samba.kill()
    t.after(() => contoso.samba.restart())
    known.clock.advance((60 + 3_600) * 1_000 - 1)
    await issueOne(known.environment, known.caller, known.uuid)
    known.clock.advance(1)
    for (const { environment, caller, uuid } of [known, stranger]) {
      await refused(issue(environment, caller, uuid, certificationRequest()), 'ServiceUnavailable')
    }
    assert.deepEqual(await recordsOf(stranger.environment, stranger.uuid), [])
  })
})
