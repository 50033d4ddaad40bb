import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireUuid } from '../../../src/cli/enrollment/require-uuid.ts'

const uuid = '1c83c03f-0f1e-491d-b03d-b970d439cede'

test('a UUID is taken in letters of either case', () => {
  assert.equal(requireUuid(uuid, '--request'), uuid)
  assert.equal(requireUuid(uuid.toUpperCase(), '--request'), uuid)
})

for (const text of ['xyz', '', uuid.slice(1), `${uuid} `, `{${uuid}}`]) {
  test(`"${text}" is told to be none, with the option that has it`, () => {
    assert.throws(() => requireUuid(text, '--request'), {
      name: 'UsageError',
      message: /^--request wants a UUID such as the portal shows/,
    })
  })
}
