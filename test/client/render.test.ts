import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printableText } from '../../src/client/printable-text.ts'
import { mask, maskRequest, maskResponse, maskValue } from '../../src/client/walkthrough/mask.ts'
import { renderJson, renderStep } from '../../src/client/walkthrough/render.ts'
import { wrapLine } from '../../src/client/walkthrough/wrap-line.ts'

const step = { number: 1, title: 'One', skipped: false, request: null, response: null, note: null }

test('masks secret properties at any depth and in any casing, but not that there is none', () => {
  assert.deepEqual(
    maskValue({
      DefaultAdminKeyHex: '0102',
      nested: [{ PFXPASSWORD: 'x', pin: 1234, Pfx: null, UserPinOption: 1 }],
      pfxpassword: '',
    }),
    {
      DefaultAdminKeyHex: mask,
      nested: [{ PFXPASSWORD: mask, pin: mask, Pfx: null, UserPinOption: 1 }],
      pfxpassword: '',
    },
  )
})

test('masks the whole answer of the routes that answer secrets, whatever it is', () => {
  for (const route of ['diversifiedkey', 'authenticationresponse', 'ServerProposedPin']) {
    for (const tail of ['', '?cardid=x']) {
      const request = { method: 'GET', path: `v1.0/requests/a/smartcards/b/${route}${tail}` } as const
      assert.equal(maskResponse(request, { status: 200, body: 'mBVA+HopB/gc' }).body, mask)
      assert.equal(maskResponse(request, { status: 200, body: { key: 'mBVA' } }).body, mask)
      assert.equal(maskResponse(request, { status: 204, body: null }).body, null)
    }
  }
})

test('masks challenges in addresses', () => {
  const { path } = maskRequest(
    { method: 'GET', path: 'v1.0/x?cardid=1&challenge=1hFD%2B&diversified=True' },
    '/api',
  )
  assert.equal(path, `/api/v1.0/x?cardid=1&challenge=${mask}&diversified=True`)
})

test('masks as many characters for a short secret as for a long one', () => {
  assert.deepEqual(maskValue({ pin: '1' }), maskValue({ pin: '1'.repeat(100) }))
})

test('shows the beginning and the length of a long text', () => {
  assert.equal(maskValue('A'.repeat(65)), `${'A'.repeat(24)}… (65 characters)`)
  assert.equal(maskValue('A'.repeat(64)), 'A'.repeat(64))
})

test('lets no server write to the terminal', () => {
  const hostile = '\u001b[2J\u009b31m\u202egnp\u2028\u0007'
  const shown = renderStep({
    ...step,
    note: hostile,
    response: { status: 200, body: { [hostile]: hostile } },
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028]/
  assert.doesNotMatch(shown, harmful)
  assert.doesNotMatch(renderJson([{ ...step, note: hostile }], null), harmful)
  assert.equal(JSON.parse(renderJson([{ ...step, note: hostile }], null)).steps[0].note, hostile)
})

test('shows no more of a text than asked for', () => {
  assert.equal(printableText('abcdef', 4), 'abc…')
  assert.equal(printableText('a\nb', 10), 'a?b')
})

test('says that a step was skipped, and why', () => {
  assert.equal(renderStep({ ...step, skipped: true, note: 'done before' }), ' 1  One (done before)')
})

test('wraps any line within the width, losing nothing but blanks at the breaks', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), fc.integer({ min: 20, max: 110 }), (line, width) => {
      const lines = wrapLine(line, width, '    ')
      for (const wrapped of lines) assert.ok(wrapped.length <= width)
      assert.equal(lines.join('').replaceAll(' ', ''), line.replaceAll(' ', ''))
    }),
  )
})

test('breaks addresses before a separator', () => {
  assert.deepEqual(wrapLine('GET /one/two/three?four=5', 20, '  '), ['GET /one/two/three', '  ?four=5'])
})
