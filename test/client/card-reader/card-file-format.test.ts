import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { CardFileError } from '../../../src/client/card-reader/card-file-error.ts'
import { encodeOpening, parseCardFile } from '../../../src/client/card-reader/card-file-format.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** A TPM2B: its length, then its content. */
const sized = (longest: number) =>
  fc.uint8Array({ minLength: 1, maxLength: longest }).map(content => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(content.length)
    return Buffer.concat([length, content])
  })

const sealedKey = fc.record({
  sealerName: bytes(32).map(digest => Buffer.concat([Buffer.of(0x00, 0x0b), digest])),
  publicPart: sized(254),
  privatePart: sized(1022),
})

const opening = fc.record({
  salt: bytes(16),
  seal: fc.option(fc.record({ sealedKey, hasPassphrase: fc.boolean() })),
})

const rest = fc.record({ nonce: bytes(12), state: bytes(1), ciphertext: fc.uint8Array(), tag: bytes(16) })

type Rest = Record<'nonce' | 'state' | 'ciphertext' | 'tag', Uint8Array>

function fileOf(parts: Parameters<typeof encodeOpening>[0], { nonce, state, ciphertext, tag }: Rest): Buffer {
  return Buffer.concat([encodeOpening(parts), nonce, state, ciphertext, tag])
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** For comparison. */
function listed({ salt, seal }: Parameters<typeof encodeOpening>[0]): unknown {
  if (seal === null) return [hexOf(salt)]
  const { sealerName, publicPart, privatePart } = seal.sealedKey
  return [...[salt, sealerName, publicPart, privatePart].map(hexOf), seal.hasPassphrase]
}

function isRefused(content: Uint8Array): boolean {
  try {
    parseCardFile(content)
    return false
  } catch (error) {
    assert.ok(error instanceof CardFileError, String(error))
    return true
  }
}

suite('the parts of a card file', () => {
  test('are those that it was made of', () => {
    fc.assert(
      fc.property(opening, rest, (begun, after) => {
        const parts = parseCardFile(fileOf(begun, after))
        const { nonce, firstStateByte, ciphertext, tag, header } = parts
        assert.deepEqual(listed(parts), listed(begun))
        assert.deepEqual(
          [nonce, Uint8Array.of(firstStateByte), ciphertext, tag].map(hexOf),
          [after.nonce, after.state, after.ciphertext, after.tag].map(hexOf),
        )
        assert.equal(hexOf(header), hexOf(Buffer.concat([encodeOpening(begun), after.nonce, after.state])))
      }),
    )
  })

  test('are all there, or it is refused', () => {
    fc.assert(
      fc.property(opening, rest, fc.nat(), (begun, after, cut) => {
        const whole = fileOf(begun, { ...after, ciphertext: new Uint8Array() })
        assert.equal(isRefused(whole), false)
        assert.equal(isRefused(whole.subarray(0, cut % whole.length)), true)
      }),
    )
  })

  test('are looked for in whatever stands there, and nothing but a refusal comes of it', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(opening, rest, fc.nat(), fc.nat(255)).map(([begun, after, position, value]) => {
        const content = fileOf(begun, after)
        content[position % content.length] = value
        return content
      }),
      fc
        .uint8Array({ maxLength: 400 })
        .map(after => Buffer.concat([Buffer.from('Cardinal card 2\n'), after])),
    )
    fc.assert(
      fc.property(anyBytes, content => {
        if (isRefused(content)) return
        const { salt, seal, header, ciphertext, tag } = parseCardFile(content)
        assert.equal(header.length + ciphertext.length + tag.length, content.length)
        const again = encodeOpening({ salt, seal })
        assert.equal(hexOf(again), hexOf(content.subarray(0, again.length)), 'one form alone')
      }),
    )
  })

  const sample = {
    salt: new Uint8Array(16),
    seal: {
      hasPassphrase: false,
      sealedKey: {
        sealerName: Buffer.concat([Buffer.of(0x00, 0x0b), new Uint8Array(32)]),
        publicPart: Buffer.of(0, 1, 0xaa),
        privatePart: Buffer.of(0, 1, 0xbb),
      },
    },
  }
  const after = {
    nonce: new Uint8Array(12),
    state: Uint8Array.of(1),
    ciphertext: new Uint8Array(2000),
    tag: new Uint8Array(16),
  }
  const publicAt = 16 + 16 + 1 + 34
  for (const [what, position, value] of [
    ['another kind of seal', 32, 3],
    ['no kind of seal', 32, 0],
    ['a name by another hash', 34, 0x0c],
    ['an empty public part', publicAt + 1, 0],
    ['a public part of 256 bytes and more', publicAt + 1, 255],
    ['an empty private part', publicAt + 3 + 1, 0],
    ['a private part of 1024 bytes and more', publicAt + 3, 4],
    ['a later form', 14, '3'.charCodeAt(0)],
  ] as const) {
    test(`do not have ${what}`, () => {
      const content = fileOf(sample, after)
      assert.equal(isRefused(content), false)
      content[position] = value
      assert.equal(isRefused(content), true)
    })
  }
})
