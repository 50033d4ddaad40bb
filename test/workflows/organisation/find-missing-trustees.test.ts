import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditEntry } from '../../../src/workflows/audit-entry.ts'
import { findMissingTrustees } from '../../../src/workflows/organisation/find-missing-trustees.ts'
import { openTestbed } from '../../testbed/environment.ts'

const sid = (number: number) => `S-1-5-21-1-2-3-${number}`

/** The demo's people and groups are the server's own. */
test('whoever was given something and is nobody’s is found, with all that it was given', async t => {
  const testbed = await openTestbed(t)
  const nobody = { listMissingSids: async (sids: readonly string[]) => sids }
  assert.deepEqual(await findMissingTrustees(testbed, nobody), [])

  const [profileTemplate] = await testbed.store.reader.listProfileTemplates()
  assert.ok(profileTemplate !== undefined)
  const { name, policies } = profileTemplate
  const [commonName = ''] = profileTemplate.certificateTemplates
  const certificateTemplate = await testbed.store.reader.findCertificateTemplate(commonName)
  assert.ok(certificateTemplate !== null && policies.enroll !== undefined)
  const { enroll } = policies
  await testbed.store.transactor.transaction(async transaction => {
    await transaction.audit(auditEntry(testbed, null, 'organisation-imported', { subject: 'test' }))
    await transaction.saveRoleAssignment({ role: 'auditor', trustee: sid(1) })
    await transaction.saveUserGrant({ trustee: sid(1), over: sid(2), rights: ['request-enroll'] })
    await transaction.saveCertificateTemplate({ ...certificateTemplate, enrollers: [sid(3)] })
    await transaction.saveProfileTemplate({
      ...profileTemplate,
      version: profileTemplate.version + 1,
      grants: [{ trustee: sid(1), rights: ['read'] }],
      policies: {
        ...policies,
        enroll: {
          ...enroll,
          authorizedInitiators: [sid(4)],
          authorizedApprovers: [sid(5)],
          authorizedEnrollmentAgents: [sid(6)],
        },
      },
    })
  })
  const template = `profile template "${name}"`
  const missing = await findMissingTrustees(testbed, nobody)
  assert.deepEqual(
    new Map(missing.map(each => [each.sid, each.holds])),
    new Map([
      [sid(1), ['role auditor', 'user grant', template]],
      [sid(2), ['user grant over it']],
      [sid(3), [`certificate template "${commonName}"`]],
      [sid(4), [template]],
      [sid(5), [template]],
      [sid(6), [template]],
    ]),
  )
  const allButOne = {
    listMissingSids: async (sids: readonly string[]) => sids.filter(each => each === sid(4)),
  }
  assert.deepEqual(await findMissingTrustees(testbed, allButOne), [{ sid: sid(4), holds: [template] }])
})
