import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateStatus } from '../../src/domain/certificate.ts'

const end = new Date('2026-11-21T12:00:00Z')
const at = (milliseconds: number) => new Date(end.getTime() + milliseconds)

test('a certificate is valid to the second that it names, and expired after it', () => {
  assert.equal(certificateStatus({ state: 'issued', notAfter: end }, at(0)), 'valid')
  assert.equal(certificateStatus({ state: 'issued', notAfter: end }, at(1)), 'expired')
})

test('revoked and on hold weigh more than expired', () => {
  assert.equal(certificateStatus({ state: 'revoked', notAfter: end }, at(1)), 'revoked')
  assert.equal(certificateStatus({ state: 'on-hold', notAfter: end }, at(1)), 'on-hold')
})
