import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64Lines, encodeBase64Lines } from '../../src/x509/base64-lines.ts'
import { decodePem, encodePem } from '../../src/x509/pem.ts'
import { assertRefused, hex } from './refusal.ts'

test('breaks base64 with CR LF every 64 columns and at the end', () => {
  assert.equal(encodeBase64Lines(new Uint8Array(0)), '')
  assert.equal(encodeBase64Lines(new Uint8Array(48)), `${'A'.repeat(64)}\r\n`)
  assert.equal(encodeBase64Lines(new Uint8Array(49)), `${'A'.repeat(64)}\r\nAA==\r\n`)
})

test('reads base64 with line breaks and blanks anywhere', () => {
  for (const text of ['AQID', 'AQ\r\nID\r\n', ' A Q I D ', 'AQ\nID', '\tAQID\r\n\r\n']) {
    assert.deepEqual(decodeBase64Lines(text), hex('010203'))
  }
  assert.deepEqual(decodeBase64Lines(''), new Uint8Array(0))
})

test('refuses what is not base64', () => {
  for (const text of [
    'A',
    'AQI',
    'AQ=',
    'AQ==AQ==',
    'AQ=I',
    '=AQI',
    'A-_A',
    'AQI*',
    'AQ\u00a0ID',
    'AR==',
    'AAF=',
    'AQID====',
  ]) {
    assertRefused('invalid-base64', () => decodeBase64Lines(text))
  }
})

test('reads back all base64 and PEM', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      assert.deepEqual(decodeBase64Lines(encodeBase64Lines(bytes)), bytes)
      assert.deepEqual(decodePem(encodePem('CERTIFICATE', bytes)), [{ label: 'CERTIFICATE', bytes }])
    }),
  )
})

test('reads several PEM blocks and skips what stands between', () => {
  const text = `Subject: CN=Alice\r\n-----BEGIN A-----\r\nAQ==\r\n-----END A-----\r\n\n${encodePem('X509 CRL', hex('02'))}`
  assert.deepEqual(decodePem(text), [
    { label: 'A', bytes: hex('01') },
    { label: 'X509 CRL', bytes: hex('02') },
  ])
  assert.deepEqual(decodePem('nothing'), [])
})

test('refuses PEM that is unbalanced or has headers', () => {
  assertRefused('invalid-pem', () => decodePem('-----BEGIN A-----\nAQ==\n'))
  assertRefused('invalid-pem', () => decodePem('-----BEGIN A-----\nAQ==\n-----END B-----\n'))
  assertRefused('invalid-pem', () => decodePem('-----END A-----\n'))
  assertRefused('invalid-pem', () => decodePem('-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----\n'))
  assertRefused('invalid-base64', () =>
    decodePem('-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQ==\n-----END A-----\n'),
  )
})
