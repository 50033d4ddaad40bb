import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CardinalError } from '../../src/domain/error.ts'
import {
  accountSecurityIdentifier,
  drawSecurityIdentifier,
  formatSecurityIdentifier,
  isDomainSecurityIdentifier,
  isSecurityIdentifier,
  parseSecurityIdentifier,
  randomDomainSecurityIdentifier,
} from '../../src/domain/security-identifier.ts'

const domain = 'S-1-5-21-1004336348-1177238915-682003330'

describe('a security identifier', () => {
  for (const [text, identifierAuthority, subAuthorities] of [
    ['S-1-1-0', 1, [0]],
    ['S-1-5-11', 5, [11]],
    ['S-1-5-32-544', 5, [32, 544]],
    [`${domain}-512`, 5, [21, 1004336348, 1177238915, 682003330, 512]],
    ['S-1-4294967295-4294967295', 4294967295, [4294967295]],
    ['S-1-0x000100000000-1', 2 ** 32, [1]],
    ['S-1-0xFFFFFFFFFFFF-1', 2 ** 48 - 1, [1]],
    ['S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15', 5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]],
  ] as const) {
    test(`is read and written: ${text}`, () => {
      const identifier = parseSecurityIdentifier(text)
      assert.deepEqual(identifier, { identifierAuthority, subAuthorities })
      assert.equal(formatSecurityIdentifier(identifier), text)
    })
  }

  for (const text of [
    '',
    'S',
    'S-1',
    'S-1-5',
    'S-1-5-',
    'S-1-5--1',
    'S-2-5-21',
    's-1-5-21',
    'S-1-5-21 ',
    'S-1-5-21\n',
    ' S-1-5-21',
    'S-1-5-021',
    'S-1-05-21',
    'S-1-5-4294967296',
    'S-1-4294967296-1',
    'S-1-5-99999999999',
    'S-1-5-1e3',
    'S-1-5-0x15',
    'S-1-5-+1',
    'S-1-5-1.5',
    'S-1-0x000000000005-21',
    'S-1-0xffffffffffff-21',
    'S-1-0x5-21',
    'S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16',
    'S-1-5-٣',
    `S-1-5${'-1'.repeat(1_000_000)}`,
    '__proto__',
  ]) {
    test(`is refused: ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.equal(isSecurityIdentifier(text), false)
      assert.throws(
        () => parseSecurityIdentifier(text),
        (error: unknown) => error instanceof CardinalError && error.code === 'InvalidParameter',
      )
    })
  }

  test('comes back the same, and everything else is refused with the one error', () => {
    const authority = fc.oneof(
      fc.nat({ max: 10 }),
      fc.maxSafeNat().map(number => number % 2 ** 48),
    )
    const subAuthority = fc.oneof(fc.nat({ max: 1000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
    const subAuthorities = fc.array(subAuthority, { minLength: 1, maxLength: 15 })
    fc.assert(
      fc.property(authority, subAuthorities, (identifierAuthority, subAuthorities) => {
        const identifier = { identifierAuthority, subAuthorities }
        assert.deepEqual(parseSecurityIdentifier(formatSecurityIdentifier(identifier)), identifier)
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^S-1-[0-9x-]{0,30}$/), text => {
        try {
          assert.equal(formatSecurityIdentifier(parseSecurityIdentifier(text)), text)
        } catch (error) {
          assert.ok(error instanceof CardinalError)
        }
      }),
    )
  })
})

describe('a domain’s identifier', () => {
  test('has three numbers below S-1-5-21', () => {
    assert.equal(isDomainSecurityIdentifier(domain), true)
    for (const text of [
      `${domain}-1000`,
      'S-1-5-21-1-2',
      'S-1-5-32-1-2-3',
      'S-1-5-21-1-2-4294967296',
      'S-1-5-21-1-2-03',
    ]) {
      assert.equal(isDomainSecurityIdentifier(text), false, text)
    }
  })

  test('is made of 96 random bits', () => {
    const limits: number[] = []
    const sid = randomDomainSecurityIdentifier(limit => {
      limits.push(limit)
      return limit - limits.length
    })
    assert.deepEqual(limits, [2 ** 32, 2 ** 32, 2 ** 32])
    assert.equal(sid, 'S-1-5-21-4294967295-4294967294-4294967293')
    assert.equal(isDomainSecurityIdentifier(randomDomainSecurityIdentifier(limit => randomInt(limit))), true)
  })
})

describe('an account’s identifier', () => {
  test('is its domain’s with a relative identifier', () => {
    assert.equal(accountSecurityIdentifier(domain, 1101), `${domain}-1101`)
    assert.equal(isSecurityIdentifier(accountSecurityIdentifier(domain, 2 ** 31 - 1)), true)
  })

  for (const relativeIdentifier of [0, -1, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`has no relative identifier ${relativeIdentifier}`, () => {
      assert.throws(() => accountSecurityIdentifier(domain, relativeIdentifier), CardinalError)
    })
  }

  test('is not below another account', () => {
    assert.throws(() => accountSecurityIdentifier(`${domain}-1101`, 1), CardinalError)
  })
})

describe('an identifier for somebody new', () => {
  const first = 1100
  const last = 2 ** 31 - 1
  const draw = (number: number, taken: readonly number[] = []) => {
    const sids = new Set(taken.map(one => accountSecurityIdentifier(domain, one)))
    return drawSecurityIdentifier(
      domain,
      () => number,
      sid => sids.has(sid),
    )
  }

  test('is drawn from all that Windows and the service leave', () => {
    const limits: number[] = []
    const draws = (pick: (limit: number) => number) =>
      drawSecurityIdentifier(
        domain,
        limit => {
          limits.push(limit)
          return pick(limit)
        },
        () => false,
      )
    assert.equal(
      draws(() => 0),
      `${domain}-${first}`,
    )
    assert.equal(
      draws(limit => limit - 1),
      `${domain}-${last}`,
    )
    assert.deepEqual(limits, [last - first + 1, last - first + 1])
  })

  test('is the next one up where somebody has that one, and the first after the last', () => {
    assert.equal(draw(400, [1500, 1501, 1503]), `${domain}-1502`)
    assert.equal(draw(last - first, [last, first]), `${domain}-${first + 1}`)
  })

  test('is nobody’s, whatever is drawn and whoever is there', () => {
    const near = fc.nat(30)
    fc.assert(
      fc.property(near, fc.array(near), (number, taken) => {
        const others = taken.map(one => first + one)
        const sid = draw(number, others)
        assert.equal(
          others.some(one => accountSecurityIdentifier(domain, one) === sid),
          false,
        )
        assert.equal(isSecurityIdentifier(sid), true)
      }),
    )
  })
})
