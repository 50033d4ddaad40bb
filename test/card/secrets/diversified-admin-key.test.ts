import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { diversifyAdminKey } from '../../../src/card/secrets/diversified-admin-key.ts'
import { deriveKeyInCounterMode } from '../../../src/card/secrets/key-derivation.ts'
import { hasOddParity, isWeakAdminKey } from '../../../src/card/secrets/triple-des.ts'
import known from '../../vectors/card/diversified-admin-keys.json' with { type: 'json' }

const secret = Uint8Array.from(Buffer.from(known.secretHex, 'hex'))
const { cardId } = known
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const masterKeys = fc.record({
  version: fc.integer({ min: 1, max: 0xffff_ffff }),
  secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})

/** A derivation whose first attempts yield a given key. */
function derivationThatBeginsWith(...weakKeys: Uint8Array[]) {
  const contexts: string[] = []
  const derive: typeof deriveKeyInCounterMode = (key, label, context, length) => {
    contexts.push(hex(context))
    return weakKeys[contexts.length - 1] ?? deriveKeyInCounterMode(key, label, context, length)
  }
  return { derive, contexts }
}

suite('the diversified admin key', () => {
  for (const { version, adminKeyHex } of known.vectors.filter(({ attempt }) => attempt === 1)) {
    test(`of master key version ${version} is the known one, for ever`, () => {
      assert.equal(hex(diversifyAdminKey({ version, secret }, cardId)), adminKeyHex)
    })
  }

  test('has 24 bytes of odd parity, is not weak, and comes out the same however the card id is written', () => {
    fc.assert(
      fc.property(masterKeys, fc.uuid(), (master, id) => {
        const adminKey = diversifyAdminKey(master, id)
        assert.equal(adminKey.length, 24)
        assert.ok(hasOddParity(adminKey))
        assert.equal(isWeakAdminKey(adminKey), false)
        assert.deepEqual(diversifyAdminKey(master, ` {${id.toUpperCase()}} `), adminKey)
      }),
    )
  })

  test('differs for every card', () => {
    const keys = new Set<string>()
    for (let card = 0; card < 5000; card++) {
      const id = `00000000-0000-0000-0000-${card.toString(16).padStart(12, '0')}`
      keys.add(hex(diversifyAdminKey({ version: 1, secret }, id)))
    }
    assert.equal(keys.size, 5000)
  })

  test('differs for every version and every secret', () => {
    fc.assert(
      fc.property(masterKeys, fc.nat(31), fc.uuid(), (master, position, id) => {
        const adminKey = diversifyAdminKey(master, id)
        const otherVersion = { ...master, version: master.version === 1 ? 2 : master.version - 1 }
        const otherSecret = {
          ...master,
          secret: master.secret.map((byte, index) => (index === position ? byte ^ 1 : byte)),
        }
        assert.notDeepEqual(diversifyAdminKey(otherVersion, id), adminKey)
        assert.notDeepEqual(diversifyAdminKey(otherSecret, id), adminKey)
      }),
    )
  })

  test('is derived again with the number of the attempt when it came out weak', () => {
    const again = known.vectors.find(({ attempt }) => attempt === 2)
    const { derive, contexts } = derivationThatBeginsWith(new Uint8Array(24))
    assert.equal(hex(diversifyAdminKey({ version: 1, secret }, cardId, derive)), again?.adminKeyHex)
    assert.deepEqual(contexts, [
      '00000001bc88f13f83ba4037826246eba1291c6e',
      '00000001bc88f13f83ba4037826246eba1291c6e00000002',
    ])
  })

  test('is derived again when two sub-keys differ in parity bits only', () => {
    const nearlyTwoKeys = Uint8Array.from(
      Buffer.from('0123456789abcdef0022446688aaccee23456789abcdef01', 'hex'),
    )
    const { derive, contexts } = derivationThatBeginsWith(nearlyTwoKeys, nearlyTwoKeys)
    assert.equal(isWeakAdminKey(diversifyAdminKey({ version: 1, secret }, cardId, derive)), false)
    assert.equal(contexts.length, 3)
  })

  test('is refused, not sought for ever, under a derivation that only yields weak keys', () => {
    assert.throws(() => diversifyAdminKey({ version: 1, secret }, cardId, () => new Uint8Array(24)), {
      code: 'invalid-key',
    })
  })

  test('needs a master key of 32 bytes with a version, and a card id', () => {
    for (const length of [0, 16, 31, 33]) {
      assert.throws(() => diversifyAdminKey({ version: 1, secret: new Uint8Array(length) }, cardId), {
        code: 'invalid-key',
      })
    }
    for (const version of [0, -1, 1.5, Number.NaN, 2 ** 32]) {
      assert.throws(() => diversifyAdminKey({ version, secret }, cardId), { code: 'invalid-key' })
    }
    assert.throws(() => diversifyAdminKey({ version: 1, secret }, 'card'), { code: 'invalid-card-id' })
  })
})
