import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { requestAccessControl } from '../../../src/domain/access-control.ts'
import { securityDescriptorView } from '../../../src/http/v1/security-descriptor.ts'

const domain = 'S-1-5-21-2127521184-1604012920-1887927527'
const [owner, subscriber, groupA] = [`${domain}-14134865`, `${domain}-14995557`, `${domain}-5094533`]

for (const [page, initiators] of [
  ['get-request-1', [groupA, `${domain}-5094534`, `${domain}-5219125`]],
  ['get-request-2', []],
] as const) {
  test(`writes the descriptor of the published sample ${page}`, async () => {
    const file = new URL(`../../golden/exchanges/${page}.json`, import.meta.url)
    const published: { response: { body: { SecurityDescriptor: string } } } = JSON.parse(
      await readFile(file, 'utf8'),
    )
    const entries = requestAccessControl({
      originatorSid: subscriber,
      targetSid: subscriber,
      ownerSid: owner,
      initiators,
      approvers: [],
      managers: [groupA],
      enrollmentAgents: [],
      originatorExecutes: false,
    })
    assert.equal(securityDescriptorView(owner, entries), published.response.body.SecurityDescriptor)
  })
}

test('leaves the owner out where there is none', () => {
  const entries = [{ effect: 'allow', rights: ['approve'], trustee: groupA }] as const
  assert.equal(securityDescriptorView(null, entries), `D:(A;;LC;;;${groupA})\u0000`)
  assert.equal(securityDescriptorView(null, []), 'D:')
})
