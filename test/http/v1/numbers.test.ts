import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestStatuses, requestTypes } from '../../../src/domain/request.ts'
import { sumFlags } from '../../../src/http/v1/enumeration.ts'
import {
  keyAlgorithmName,
  keyUsageNumbers,
  operationNames,
  profileStatusNumbers,
  requestStatusNames,
  requestStatusNumbers,
  requestTypeNames,
  requestTypeNumbers,
  smartcardStatusNumbers,
} from '../../../src/http/v1/numbers.ts'

test('shows the states of requests by their published numbers', () => {
  assert.deepEqual(requestStatusNumbers, {
    approved: 3,
    denied: 4,
    completed: 8,
    failed: 9,
    pending: 16,
    canceled: 17,
    abandoned: 17,
    executing: 18,
  })
})

test('shows Enroll as 1 and Unblock as 5, as published', () => {
  assert.equal(requestTypeNumbers.enroll, 1)
  assert.equal(requestTypeNumbers.unblock, 5)
})

test('shows cards and profiles by the numbers of the published samples', () => {
  assert.deepEqual(smartcardStatusNumbers, {
    new: 1,
    assigned: 2,
    active: 3,
    disabled: 4,
    suspended: 5,
    retired: 6,
  })
  assert.deepEqual(profileStatusNumbers, { new: 1, active: 2, disabled: 3, suspended: 4, retired: 5 })
})

test('takes every request type and every state by some name', () => {
  assert.deepEqual(new Set(Object.values(requestTypeNames)), new Set(requestTypes))
  assert.deepEqual(new Set(Object.values(requestStatusNames)), new Set(requestStatuses))
})

test('calls revoking disable among the operations', () => {
  assert.equal(operationNames.revoke, 'disable')
})

test('adds up the usages of a key', () => {
  assert.equal(sumFlags(['decryption', 'signing'], keyUsageNumbers), 3)
  assert.equal(sumFlags([], keyUsageNumbers), 0)
})

test('names elliptic curve keys as Windows CNG does', () => {
  assert.equal(keyAlgorithmName({ algorithm: 'RSA', keySize: 2048 }), 'RSA')
  assert.equal(keyAlgorithmName({ algorithm: 'EC', keySize: 384 }), 'ECDSA_P384')
})
