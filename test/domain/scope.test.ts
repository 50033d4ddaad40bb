import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Role, roles } from '../../src/domain/role.ts'
import { scopes, scopesOfRoles } from '../../src/domain/scope.ts'

/** Every set of roles. */
const sets = Array.from({ length: 2 ** roles.length }, (_, bits) => {
  return new Set(roles.filter((_role, index) => (bits & (1 << index)) !== 0))
})
const named = (set: ReadonlySet<Role>, separated: boolean) => [...scopesOfRoles(set, separated)]

test('reaches everything where duties are not separated', () => {
  for (const set of sets) assert.deepEqual(named(set, false), [...scopes])
})

test('lets an auditor only read where duties are separated, whatever other roles there are', () => {
  for (const set of sets.filter(set => set.has('auditor'))) assert.deepEqual(named(set, true), ['read'])
})

test('lets an administrator not approve where duties are separated, whatever other roles there are', () => {
  for (const set of sets.filter(set => set.has('administrator'))) {
    assert.ok(!named(set, true).includes('approve'))
    if (!set.has('auditor')) assert.equal(named(set, true).length, scopes.length - 1)
  }
})

test('takes nothing from the others', () => {
  for (const set of sets.filter(set => !set.has('auditor') && !set.has('administrator'))) {
    assert.deepEqual(named(set, true), [...scopes])
  }
})
