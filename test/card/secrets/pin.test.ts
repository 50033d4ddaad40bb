import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  type CharacterRule,
  checkPin,
  defaultPinPolicy,
  isTrivialPin,
  type PinPolicy,
  randomPin,
} from '../../../src/card/secrets/pin.ts'

const digitsOnly: PinPolicy = {
  minimumLength: 4,
  maximumLength: 8,
  digits: 'allowed',
  uppercase: 'forbidden',
  lowercase: 'forbidden',
  specialCharacters: 'forbidden',
}
const everythingRequired: PinPolicy = {
  minimumLength: 4,
  maximumLength: 127,
  digits: 'required',
  uppercase: 'required',
  lowercase: 'required',
  specialCharacters: 'required',
}

suite('checking a PIN', () => {
  test('by the default policy: 6 to 127 printable characters of any kind', () => {
    for (const pin of ['123456', 'pin and blank', 'P!n~{}[]', 'a'.repeat(127)]) {
      assert.deepEqual(checkPin(defaultPinPolicy, pin), [])
    }
    assert.deepEqual(checkPin(defaultPinPolicy, '12345'), ['must have at least 6 characters'])
    assert.deepEqual(checkPin(defaultPinPolicy, 'a'.repeat(128)), ['must have at most 127 characters'])
  })

  test('refuses characters that readers encode in different ways', () => {
    for (const pin of ['pässwort', '12345\t', '12345\n', '123456\u0000', '١٢٣٤٥٦', '🔑🔑🔑🔑']) {
      assert.equal(checkPin(defaultPinPolicy, pin).length, 1, pin)
    }
  })

  test('names every required kind that is missing', () => {
    assert.deepEqual(checkPin(everythingRequired, 'aA1!'), [])
    assert.deepEqual(checkPin(everythingRequired, 'aaaa'), [
      'must contain digits',
      'must contain upper-case letters',
      'must contain special characters',
    ])
    assert.deepEqual(checkPin(everythingRequired, 'A1!A'), ['must contain lower-case letters'])
  })

  test('names every forbidden kind that occurs, and every other fault beside it', () => {
    assert.deepEqual(checkPin(digitsOnly, '1234'), [])
    assert.deepEqual(checkPin(digitsOnly, 'aA!'), [
      'must have at least 4 characters',
      'must not contain upper-case letters',
      'must not contain lower-case letters',
      'must not contain special characters',
    ])
    assert.deepEqual(checkPin({ ...defaultPinPolicy, digits: 'forbidden' }, 'secret1'), [
      'must not contain digits',
    ])
  })

  test('puts each of the 95 printable characters into one kind', () => {
    const kinds = ['digits', 'uppercase', 'lowercase', 'specialCharacters'] as const
    const counts = kinds.map(kind => {
      const policy = { ...defaultPinPolicy, [kind]: 'forbidden' }
      let count = 0
      for (let code = 0x20; code <= 0x7e; code++) {
        count += checkPin(policy, String.fromCharCode(code).repeat(6)).length
      }
      return count
    })
    assert.deepEqual(counts, [10, 26, 26, 33])
  })
})

suite('a trivial PIN', () => {
  test('repeats one character or counts evenly, up or down, over nine and zero too', () => {
    for (const pin of [
      '0000',
      'aaaaaa',
      '1234',
      '12345678',
      '87654321',
      '2468',
      '7890',
      '2109',
      'abcdef',
      'ZYXW',
    ]) {
      assert.ok(isTrivialPin(pin), pin)
    }
    for (const pin of ['1235', '1223', '1212', '0001', 'abca', '1357911', 'aB12']) {
      assert.equal(isTrivialPin(pin), false, pin)
    }
  })
})

suite('a random PIN', () => {
  test('is every non-trivial PIN of the alphabet equally often', () => {
    const seen = new Map<string, number>()
    for (let number = 0; number < 10_000; number++) {
      // The draws spell out each of the 10,000 PINs once, and where that is trivial, 9051.
      const draws = [...`${number.toString().padStart(4, '0')}9051`].map(Number)
      const pin = randomPin(digitsOnly, 4, bound => {
        assert.equal(bound, 10)
        return draws.shift() ?? assert.fail('drew more than twice')
      })
      seen.set(pin, (seen.get(pin) ?? 0) + 1)
    }
    // Ten steps from ten starts are trivial.
    assert.equal(seen.size, 9_900)
    assert.equal(seen.get('9051'), 101)
    assert.ok([...seen].every(([pin, count]) => !isTrivialPin(pin) && (count === 1 || pin === '9051')))
  })

  test('satisfies whatever policy it can', () => {
    const rules = fc.constantFrom<CharacterRule>('allowed', 'required', 'forbidden')
    const policies = fc
      .record({ digits: rules, uppercase: rules, lowercase: rules, specialCharacters: rules })
      .filter(policy => Object.values(policy).some(rule => rule !== 'forbidden'))
      .map(policy => ({ minimumLength: 4, maximumLength: 127, ...policy }))
    fc.assert(
      fc.property(policies, fc.integer({ min: 4, max: 40 }), (policy, length) => {
        const pin = randomPin(policy, length, randomInt)
        assert.equal(pin.length, length)
        assert.deepEqual(checkPin(policy, pin), [])
        assert.equal(isTrivialPin(pin), false)
      }),
    )
  })

  test('is made of digits where they will do, for people type it', () => {
    for (let run = 0; run < 20; run++) assert.match(randomPin(defaultPinPolicy, 8, randomInt), /^[0-9]{8}$/)
    const letters = { ...defaultPinPolicy, digits: 'forbidden' } as const
    assert.match(randomPin(letters, 40, randomInt), /^[^0-9]{40}$/)
  })

  test('is refused where the policy or good sense allows none', () => {
    const nothing: PinPolicy = { ...digitsOnly, digits: 'forbidden' }
    for (const [policy, length] of [
      [digitsOnly, 9],
      [defaultPinPolicy, 5],
      [{ ...digitsOnly, minimumLength: 1 }, 3],
      [digitsOnly, 4.5],
      [digitsOnly, Number.NaN],
      [nothing, 6],
    ] as const) {
      assert.throws(() => randomPin(policy, length, randomInt), { code: 'invalid-pin' })
    }
    assert.throws(() => randomPin(digitsOnly, 6, () => 0), { code: 'invalid-pin' }, 'a broken source ends')
  })
})
