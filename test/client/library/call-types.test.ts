import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import type { CardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import type { SmartcardView } from '../../../src/client/library/generated/answers.ts'

// The compiler runs this test: a line that must not compile, and does, is an error of `npm run check`.

const id = '00000000-0000-4000-8000-000000000000'

export async function rightUse(client: CardinalClient, error: CardinalApiError) {
  const request = await client.call('GET /v1.0/requests/{id}', { path: { id } })
  const status: number | undefined = request?.Status
  const everyCard: SmartcardView | readonly SmartcardView[] | null = await client.call('GET /v1.0/smartcards')
  const none: null = await client.call('DELETE /v2.0/session')
  await client.call('GET /v1.0/requests', { signal: AbortSignal.timeout(1) })
  await client.call('GET /v1.0/requests', { query: { status: 'Approved' } })
  const address: string = await client.call('POST /v1.0/requests', { body: { type: 'Enroll' } })
  const isInUse = error.code === 'SmartcardInUse'
  return { status, everyCard, none, address, isInUse }
}

export async function wrongUse(client: CardinalClient, error: CardinalApiError) {
  // @ts-expect-error There is no such operation.
  await client.call('GET /v1.0/request/{id}', { path: { id } })
  // @ts-expect-error The operation exists, but not with this method.
  await client.call('DELETE /v1.0/requests/{id}', { path: { id } })
  // @ts-expect-error The path has a value to fill in.
  await client.call('GET /v1.0/requests/{id}')
  // @ts-expect-error It has another name.
  await client.call('GET /v1.0/requests/{id}', { path: { uuid: id } })
  // @ts-expect-error Path values are strings.
  await client.call('GET /v1.0/requests/{id}', { path: { id: 7 } })
  // @ts-expect-error The operation has no such query parameter.
  await client.call('GET /v1.0/requests', { query: { state: 'Approved' } })
  // @ts-expect-error The operation takes no body.
  await client.call('GET /v1.0/requests', { body: {} })
  // @ts-expect-error The body lacks a property that is required.
  await client.call('POST /v1.0/requests', { body: { comment: '' } })
  // @ts-expect-error The body has no such property.
  await client.call('POST /v1.0/requests', { body: { type: 'Enroll', profile_template: id } })
  // @ts-expect-error The body's property has another type.
  await client.call('POST /v2.0/api-tokens', { body: { name: 'a', scopes: 'read', expires: '' } })
  const request = await client.call('GET /v1.0/requests/{id}', { path: { id } })
  // @ts-expect-error Nothing may have been found.
  const status = request.Status
  // @ts-expect-error A request has no such property.
  const state = request?.State
  // @ts-expect-error Answers are there to be read.
  if (request !== null) request.Status = 1
  // @ts-expect-error The table of codes is closed.
  const isLost = error.code === 'SmartcardLost'
  return { status, state, isLost }
}

test('the types that the compiler checks belong to a client that exists', () => {
  assert.equal(typeof rightUse, 'function')
  assert.equal(typeof wrongUse, 'function')
})
