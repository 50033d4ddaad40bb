import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { callPath } from '../../../src/client/library/call-path.ts'

const template = '/v1.0/requests/{reqid}/smartcards/{scid}'

test('fills in the path and adds the query that is given', () => {
  assert.equal(
    callPath(template, { path: { reqid: 'a', scid: 'b' }, query: { atr: undefined, cardid: '{1}' } }),
    'v1.0/requests/a/smartcards/b?cardid=%7B1%7D',
  )
  assert.equal(callPath('/v1.0/requests', {}), 'v1.0/requests')
})

test('keeps base64 in a query as it is', () => {
  assert.equal(callPath('/x', { query: { challenge: 'a+b/c=' } }), 'x?challenge=a%2Bb%2Fc%3D')
})

test('refuses what a path cannot hold, and names it', () => {
  for (const scid of ['', '.', '..']) {
    assert.throws(() => callPath(template, { path: { reqid: 'a', scid } }), /^TypeError: scid is "\.*"/)
  }
  assert.throws(() => callPath(template, { path: { reqid: 'a' } }), /^TypeError: scid is missing/)
  assert.throws(() => callPath(template, { path: { reqid: 'a', scid: '\ud800' } }), /^TypeError: scid is/)
  assert.throws(() => callPath('/{constructor}', { path: {} }), /^TypeError: constructor is missing/)
})

test('calls the operation that it names, whatever the values are', () => {
  const value = fc.string({ unit: 'grapheme' }).filter(text => !['', '.', '..'].includes(text))
  fc.assert(
    fc.property(value, value, value, (reqid, scid, cardid) => {
      const url = new URL(
        callPath(template, { path: { reqid, scid }, query: { cardid } }),
        'http://host/api/',
      )
      const segments = url.pathname.split('/').map(decodeURIComponent)
      assert.deepEqual(segments, ['', 'api', 'v1.0', 'requests', reqid, 'smartcards', scid])
      assert.deepEqual([...url.searchParams], [['cardid', cardid]])
      assert.equal(url.hash, '')
    }),
  )
})
