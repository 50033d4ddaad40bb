import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AccessControlEntry,
  hasRequestRight,
  requestAccessControl,
} from '../../src/domain/access-control.ts'

const facts = {
  originatorSid: 'S-originator',
  targetSid: 'S-target',
  ownerSid: 'S-owner',
  initiators: ['S-a', 'S-b', 'S-c'],
  approvers: [],
  managers: ['S-a'],
  enrollmentAgents: [],
  originatorExecutes: false,
}
const written = (entries: readonly AccessControlEntry[]) =>
  entries.map(({ effect, rights, trustee }) => `${effect} ${rights.join('+')} ${trustee}`)

test('the list of an enrollment has the entries of the published sample, in its order', () => {
  assert.deepEqual(written(requestAccessControl(facts)), [
    'deny approve S-originator',
    'allow cancel+write S-a',
    'allow cancel+write S-b',
    'allow cancel+write S-c',
    'allow write+read S-a',
    'allow read everyone',
    'allow execute+cancel+approve+write+delete+read S-owner',
    'allow cancel+write S-target',
    'allow execute+cancel+write S-target',
  ])
})

test('where approvals are needed the approvers may approve', () => {
  const entries = requestAccessControl({ ...facts, approvers: ['S-approver'] })
  assert(hasRequestRight(entries, new Set(['S-approver']), 'approve'))
})

test('nobody approves their own request, not even an approver', () => {
  const entries = requestAccessControl({ ...facts, approvers: ['S-approver'], originatorSid: 'S-me' })
  assert(!hasRequestRight(entries, new Set(['S-me', 'S-approver']), 'approve'))
})

test('the target executes where no enrollment agent is needed', () => {
  const entries = requestAccessControl(facts)
  assert(hasRequestRight(entries, new Set(['S-target']), 'execute'))
  assert(!hasRequestRight(entries, new Set(['S-originator']), 'execute'))
  assert(!hasRequestRight(entries, new Set(['S-a']), 'execute'))
})

test('the enrollment agent executes in place of the target where one is needed', () => {
  const entries = requestAccessControl({ ...facts, enrollmentAgents: ['S-agents'] })
  assert(hasRequestRight(entries, new Set(['S-agents']), 'execute'))
  assert(!hasRequestRight(entries, new Set(['S-target']), 'execute'))
})

test('the originator executes what needs no card in the hand', () => {
  const entries = requestAccessControl({ ...facts, originatorExecutes: true })
  assert(hasRequestRight(entries, new Set(['S-originator']), 'execute'))
})

test('a right that no entry grants is not there', () => {
  assert(!hasRequestRight([], new Set(['S-a']), 'read'))
  assert(!hasRequestRight(requestAccessControl(facts), new Set(['S-stranger']), 'cancel'))
})
