import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
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
      directory: { ...testbed.directory, findUser: () => directory.findUser(person) },
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

  test('issues nothing to bob, who is disabled meanwhile, once what is remembered of him is too old', async t => {
    const { environment, caller, uuid, clock } = await approvedFor(t, 'bob')
    const known = await environment.directory.findUser()
    assert.equal(known?.enabled, true)
    const { samba } = contoso
    await samba.administer(client =>
      replaceAttributes(client, known.distinguishedName, { userAccountControl: disabledAccount }),
    )
    clock.advance(60_000)
    await refused(issue(environment, caller, uuid, certificationRequest()), 'UserStateForbids')
  })
})
