import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CardinalError, errorTable } from '../../src/domain/error.ts'
import { errorView, statusOfError, toCardinalError } from '../../src/http/errors.ts'

test('docs/errors.md lists every code with its status and its text, in the order of the table', async () => {
  const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| (\w+) \| (\d{3}) \| (.+) \|$/gm)].map(([, code, status, text]) => ({
    code,
    status: Number(status),
    text,
  }))
  const table = Object.entries(errorTable).map(([code, text]) => ({
    code,
    status: Object.entries(statusOfError).find(([name]) => name === code)?.[1],
    text,
  }))
  assert.deepEqual(listed, table)
})

test('shows message, code and correlation id, in this order', () => {
  const view = errorView(new CardinalError('RequestNotFound', 'There is no request.'), 'c1')
  assert.equal(
    JSON.stringify(view),
    '{"Message":"There is no request.","ErrorCode":"RequestNotFound","CorrelationId":"c1"}',
  )
})

test('names the rule that refused', () => {
  const error = new CardinalError('NotPermitted', 'The caller may not see this.', { rule: 'request: see' })
  assert.equal(errorView(error, 'c1').Message, 'The caller may not see this. Rule: request: see.')
})

test('says nothing of what it does not know', () => {
  const error = toCardinalError(new Error('select * from secrets'))
  assert.equal(error.code, 'InternalError')
  assert.doesNotMatch(error.message, /secrets/)
})

for (const [code, expected] of [
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'UnsupportedMediaType'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'BodyTooLarge'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'MalformedBody'],
  ['FST_ERR_BAD_URL', 'InvalidParameter'],
  ['FST_ERR_HANDLER_TIMEOUT', 'ServiceUnavailable'],
  ['ECONNRESET', 'MalformedBody'],
  ['SQLITE_FULL', 'InternalError'],
] as const) {
  test(`maps ${code} to ${expected}`, () => {
    assert.equal(toCardinalError(Object.assign(new Error('x'), { code })).code, expected)
  })
}
