import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SmartcardView } from '../../src/client/library/generated/answers.ts'
import { findSmartcardByCardId, listSmartcards } from '../../src/client/list-smartcards.ts'
import { response, startMisbehavingServer } from './library/misbehaving-server.ts'

const zeroGuid = '00000000-0000-0000-0000-000000000000'
const card: SmartcardView = {
  Uuid: '0b1e7c9a-1111-4222-8333-0123456789ab',
  Status: 3,
  Flags: 0,
  ParentSmartcardUuid: zeroGuid,
  PrimarySmartcardUuid: zeroGuid,
  PermanentSmartcardUuid: zeroGuid,
  AssignedUserUuid: zeroGuid,
  ProfileTemplateUuid: zeroGuid,
  ProfileTemplateVersion: 1,
  Comment: '',
  SerialNumber: '{e1b2c3d4-0000-4000-8000-0123456789ab}',
  Middleware: 'MSBaseCSP',
  Atr: '',
}
const one = response(200, JSON.stringify(card))
const list = response(200, JSON.stringify([card]))
const none = response(204, null)

test('lists all cards, and finds one by its card id', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [list, none, one, none])
  const client = clientOf()
  assert.deepEqual(await listSmartcards(client), [card])
  assert.deepEqual(await listSmartcards(client), [])
  assert.deepEqual(await findSmartcardByCardId(client, 'e1&b2'), card)
  assert.equal(await findSmartcardByCardId(client, 'e1'), null)
  assert.match(calls[2] ?? '', /^GET \/CertificateManagement\/api\/v1\.0\/smartcards\?cardid=e1%26b2 /)
})

test('takes no list for the one card that was asked for, nor one card for the list', async t => {
  const { clientOf } = await startMisbehavingServer(t, [list, one])
  const client = clientOf()
  const unusable = { name: 'CardinalApiError', kind: 'unusable-answer', status: 200 }
  await assert.rejects(findSmartcardByCardId(client, 'e1'), unusable)
  await assert.rejects(listSmartcards(client), unusable)
})
