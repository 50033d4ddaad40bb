import assert from 'node:assert/strict'
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto'
import { suite, test } from 'node:test'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { authenticate, generateKey, signDigest } from '../administrator.ts'
import { newCard, type PivWire, pin } from '../piv-cards.ts'

const noPin = '6982'

async function administeredCard(): Promise<PivWire> {
  const card = await newCard()
  await authenticate(card)
  return card
}

/** Sends a long command by a chain, and gathers the answer. */
async function exchange(card: PivWire, header: string, data: string): Promise<string> {
  let rest = data
  while (rest.length > 510) {
    assert.equal(await card.send(`1${header.slice(1)}FF${rest.slice(0, 510)}`), '9000')
    rest = rest.slice(510)
  }
  let answer = await card.send(`${header}${byte(rest.length / 2)}${rest}00`)
  let gathered = ''
  while (answer.slice(-4, -2) === '61') {
    gathered += answer.slice(0, -4)
    answer = await card.send('00C0000000')
  }
  return gathered + answer
}

const tlv = (tag: string, value: string) =>
  `${tag}82${(value.length / 2).toString(16).padStart(4, '0')}${value}`

async function generateRsa(card: PivWire, slot: string): Promise<KeyObject> {
  const answer = await exchange(card, `004700${slot}`, 'AC03800107')
  const n = fromHex(answer.slice(18, 18 + 512))
  assert.match(answer, /^7F4982010981820100.{512}82030100019000$/)
  return createPublicKey({
    key: { kty: 'RSA', n: Buffer.from(n).toString('base64url'), e: 'AQAB' },
    format: 'jwk',
  })
}

async function generateP256(card: PivWire, slot: string, policy = ''): Promise<KeyObject> {
  const control = `800111${policy}`
  const answer = await exchange(card, `004700${slot}`, `AC${byte(control.length / 2)}${control}`)
  assert.match(answer, /^7F4943864104.{128}9000$/)
  return pointKey(answer.slice(10, -4))
}

function pointKey(point: string): KeyObject {
  const [x, y] = [point.slice(2, 66), point.slice(66)].map(half =>
    Buffer.from(half, 'hex').toString('base64url'),
  )
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
}

function isSignature(answer: string): boolean {
  return /^7C..82..30.*9000$/.test(answer)
}

suite('a slot of a PIV card', () => {
  test('9A signs once the PIN is verified, 9C each time anew, 9E without it', async () => {
    const card = await administeredCard()
    for (const slot of ['9A', '9C', '9E', '82']) await generateP256(card, slot)
    assert.ok(isSignature(await card.send(signDigest('9E', '11'))))
    for (const slot of ['9A', '9C', '82']) assert.equal(await card.send(signDigest(slot, '11')), noPin)
    await card.verify(pin)
    for (const slot of ['9A', '9A', '82', '9E']) {
      assert.ok(isSignature(await card.send(signDigest(slot, '11'))))
    }
    assert.equal(await card.send(signDigest('9C', '11')), noPin)
    await card.verify(pin)
    assert.ok(isSignature(await card.send(signDigest('9C', '11'))))
    assert.equal(await card.send(signDigest('9C', '11')), noPin)
  })

  test('takes another PIN policy where that is asked for', async () => {
    const card = await administeredCard()
    await generateP256(card, '9A', 'AA0101')
    await generateP256(card, '9E', 'AA0103AB0101')
    assert.ok(isSignature(await card.send(signDigest('9A', '11'))))
    assert.equal(await card.send(signDigest('9E', '11')), noPin)
    assert.match(await card.send('00F7009E00'), /^010111020203010301010443864104/)
    for (const refused of ['AA0104', 'AA020101']) {
      const control = `800111${refused}`
      assert.equal(
        await card.send(`0047009A${byte(2 + control.length / 2)}AC${byte(control.length / 2)}${control}00`),
        '6A80',
      )
    }
    assert.equal(await card.send('0047009A08AC06800111AB010200'), '6A81')
  })

  test('is one of those that the standard names', async () => {
    const card = await administeredCard()
    for (const slot of ['9B', '81', '96', '00', 'F8']) {
      assert.equal(await card.send(generateKey(slot, '11')), '6A86')
    }
    for (const slot of ['82', '95', '9D']) assert.match(await card.send(generateKey(slot, '14')), /9000$/)
    assert.equal(await card.send(generateKey('9A', '06')), '6A80')
    assert.equal(await card.send(generateKey('9A', 'E0')), '6A80')
  })

  test('signs with P-256 what openssl verifies, and only with the algorithm of its key', async () => {
    const card = await administeredCard()
    const publicKey = await generateP256(card, '9E')
    const message = Buffer.from('a message')
    const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', message)))
    const answer = await card.expect(`0087119E267C2482008120${digest}00`)
    assert.ok(verify('sha256', message, publicKey, fromHex(answer.slice(8))))
    assert.equal(await card.send(`0087149E267C2482008120${digest}00`), '6A86')
    assert.equal(await card.send('0087119E067C048200810000'), '6A80')
    assert.equal(await card.send(`0087119E247C22${'8120'}${digest}00`), '6A80')
  })

  test('deciphers and signs with RSA alike, and refuses blocks that are no number below the modulus', async () => {
    const card = await administeredCard()
    const publicKey = await generateRsa(card, '9D')
    await card.verify(pin)
    const padded = Buffer.concat([Buffer.of(0, 2), randomBytes(253).map(value => value | 1), Buffer.of(9)])
    const sealed = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, padded)
    const decipher = (block: string) =>
      exchange(
        card,
        '0087079D',
        `7C82${(block.length / 2 + 6).toString(16).padStart(4, '0')}8200${tlv('81', block)}`,
      )
    assert.equal(await decipher(toHex(sealed)), `7C82010482820100${toHex(padded)}9000`)
    assert.equal(await decipher('FF'.repeat(256)), '6A80')
    assert.equal(await decipher('01'.repeat(255)), '6A80')
  })

  test('agrees on a key by ECDH where it is for key management', async () => {
    const card = await administeredCard()
    const publicKey = await generateP256(card, '9D')
    await generateP256(card, '9A')
    await card.verify(pin)
    const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x = '', y = '' } = ours.publicKey.export({ format: 'jwk' })
    const point = `04${[x, y].map(half => toHex(Buffer.from(half, 'base64url'))).join('')}`
    const agree = (slot: string, other: string) => card.send(`008711${slot}477C4582008541${other}00`)
    const secret = diffieHellman({ privateKey: ours.privateKey, publicKey })
    assert.equal(await agree('9D', point), `7C228220${toHex(secret)}9000`)
    assert.equal(await agree('9A', point), '6A80')
    const offCurve = `04${'11'.repeat(64)}`
    assert.equal(await agree('9D', offCurve), '6A80')
    assert.equal(await agree('9D', `02${point.slice(2)}`), '6A80')
  })

  test('takes keys from outside whose numbers fit together', async () => {
    const card = await administeredCard()
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = privateKey.export({ format: 'jwk' })
    const numbers = [jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map(number =>
      toHex(Buffer.from(number ?? '', 'base64url')).padStart(256, '0'),
    )
    const put = (values: string[]) =>
      exchange(card, '00FE079E', values.map((value, index) => `${byte(index + 1)}8180${value}`).join(''))
    assert.equal(await put(numbers), '9000')
    const block = `0001${'FF'.repeat(221)}00${'AB'.repeat(32)}`
    const signed = await exchange(card, '0087079E', `7C8201068200${tlv('81', block)}`)
    const recovered = publicEncrypt(
      { key: publicKey, padding: constants.RSA_NO_PADDING },
      fromHex(signed.slice(16, -4)),
    )
    assert.equal(toHex(recovered), block)
    for (const [index, wrong] of [
      [0, '00'.repeat(128)],
      [2, '03'.repeat(128)],
      [4, '05'.repeat(128)],
    ] as const) {
      assert.equal(await put(numbers.with(index, wrong)), '6A80')
    }
    const scalar = toHex(
      Buffer.from(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }).d ?? '',
        'base64url',
      ),
    )
    assert.equal(await card.send(`00FE119A220620${scalar}`), '9000')
    assert.equal(await card.send(`00FE119A220620${'00'.repeat(32)}`), '6A80')
    assert.equal(await card.send(`00FE119A220620${'FF'.repeat(32)}`), '6A80')
    assert.match(await card.send('00F7009A00'), /^010111020202010301020443864104/)
  })

  test('gives its key to another slot, or to none', async () => {
    const card = await administeredCard()
    const publicKey = await generateP256(card, '9E')
    await card.expect('00F6829E')
    assert.equal(await card.send('00F7009E00'), '6A88')
    assert.ok(
      (await card.expect('00F7008200')).endsWith(
        toHex(publicKey.export({ type: 'spki', format: 'der' })).slice(-130),
      ),
    )
    assert.equal(await card.send('00F6829E'), '6A88')
    assert.equal(await card.send('00F69B82'), '6A86')
    await card.expect('00F6FF82')
    assert.equal(await card.send('00F7008200'), '6A88')
    assert.equal(await card.send(signDigest('82', '11')), '6A86')
  })

  test('keeps its key when the power goes', async () => {
    const card = await administeredCard()
    await generateP256(card, '9E')
    const before = await card.expect('00F7009E00')
    const restarted = await card.restart()
    assert.equal(await restarted.expect('00F7009E00'), before)
    assert.ok(isSignature(await restarted.send(signDigest('9E', '11'))))
  })
})
