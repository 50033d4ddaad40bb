import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  conditionOf,
  hasAccessRule,
  isSatisfied,
  operation,
} from '../../../../src/card/gids/virtual/access-conditions.ts'
import { fromHex } from '../../apdu/hex.ts'

const nobody = { isPinVerified: false, isAdministrator: false }
const holder = { isPinVerified: true, isAdministrator: false }
const administrator = { isPinVerified: false, isAdministrator: true }
const both = { isPinVerified: true, isAdministrator: true }

suite('a security condition', () => {
  for (const { condition, meaning, satisfiedBy } of [
    { condition: 0x00, meaning: 'always', satisfiedBy: [nobody, holder, administrator, both] },
    { condition: 0xff, meaning: 'never', satisfiedBy: [] },
    { condition: 0x10, meaning: 'the PIN', satisfiedBy: [holder, both] },
    { condition: 0x20, meaning: 'the administrator', satisfiedBy: [administrator, both] },
    { condition: 0x30, meaning: 'either', satisfiedBy: [holder, administrator, both] },
    { condition: 0xb0, meaning: 'both', satisfiedBy: [both] },
    { condition: 0x90, meaning: 'the PIN alone, asked for as all', satisfiedBy: [holder, both] },
    { condition: 0x40, meaning: 'secure messaging', satisfiedBy: [] },
    { condition: 0xd0, meaning: 'the PIN under secure messaging', satisfiedBy: [] },
    { condition: 0x50, meaning: 'the PIN or secure messaging', satisfiedBy: [holder, both] },
    { condition: 0x80, meaning: 'all of nothing', satisfiedBy: [] },
    { condition: 0x11, meaning: 'the PIN by contacts', satisfiedBy: [holder, both] },
    { condition: 0x12, meaning: 'the PIN by radio', satisfiedBy: [] },
  ]) {
    test(`of ${condition.toString(16)} is ${meaning}`, () => {
      for (const status of [nobody, holder, administrator, both]) {
        assert.equal(isSatisfied(condition, status), satisfiedBy.includes(status))
      }
    })
  }
})

suite('an access rule', () => {
  const key = fromHex('6207 8C05 8F10110200')

  test('has the condition of the highest bit first', () => {
    assert.equal(conditionOf(key, operation.generateKeyPair), 0x10)
    assert.equal(conditionOf(key, operation.manageSecurityEnvironment), 0x11)
    assert.equal(conditionOf(key, operation.putKey), 0x02)
    assert.equal(conditionOf(key, operation.getPublicKey), 0x00)
  })

  test('allows nothing that it does not name', () => {
    assert.equal(conditionOf(key, operation.deleteSelf), 0xff)
    assert.equal(conditionOf(fromHex('6200'), operation.getData), 0xff)
  })

  test('has a condition for each operation that it names', () => {
    assert.ok(hasAccessRule(key))
    assert.ok(!hasAccessRule(fromHex('6206 8C04 8F101102')))
    assert.ok(!hasAccessRule(fromHex('6208 8C06 8F1011020000')))
    assert.ok(!hasAccessRule(fromHex('6202 8C00')))
    assert.ok(!hasAccessRule(fromHex('6200')))
  })
})
