import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequest } from '../../src/client/create-request.ts'
import { response, startMisbehavingServer } from './library/misbehaving-server.ts'

const wanted = { type: 'Enroll', subject: { profiletemplateuuid: 'x' } } as const
const uuid = '0b1e7c9a-1111-4222-8333-0123456789ab'

test('takes the uuid from the address of the new request, wherever the API stands', async t => {
  for (const address of [
    `api/v1.0/requests/${uuid}`,
    `/pki/api/v1.0/requests/${uuid.toUpperCase()}/`,
    uuid,
  ]) {
    const { clientOf } = await startMisbehavingServer(t, [response(201, JSON.stringify(address))])
    assert.equal(await createRequest(clientOf(), wanted), uuid)
  }
})

test('refuses a new request without an address', async t => {
  for (const address of ['', 'somewhere', `api/v1.0/requests/${uuid}?x`, `${uuid}0`]) {
    const { clientOf, baseUrl } = await startMisbehavingServer(t, [response(201, JSON.stringify(address))])
    await assert.rejects(createRequest(clientOf(), wanted), {
      kind: 'unusable-answer',
      url: `${baseUrl}/CertificateManagement/api/v1.0/requests`,
      message: /the body is not the address of a new object/,
    })
  }
})
