import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { blankPivCardState } from '../../../../src/card/piv/virtual/new-piv-card.ts'
import {
  createVirtualPivCard,
  openVirtualPivCard,
} from '../../../../src/card/piv/virtual/virtual-piv-card.ts'
import { decodeCertificate } from '../../../../src/x509/certificate.ts'
import { readPivAttestation } from '../../../../src/x509/piv-attestation.ts'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { openssl } from '../../openssl.ts'
import { MemoryStore } from '../../virtual/memory-store.ts'
import { authenticate, generateKey } from '../administrator.ts'
import { certificateFor } from '../certificate.ts'
import { gatheredAnswer } from '../gathered-answer.ts'
import { newCard, PivWire, pin, serialNumber } from '../piv-cards.ts'

const noKey = '6A82'
const imported = '6A80'
const noAttester = '6A88'
const unfitAttester = '6985'

async function administeredCard(): Promise<PivWire> {
  const card = await newCard()
  await authenticate(card)
  return card
}

const attest = (card: PivWire, slot: string) => gatheredAnswer(card, `00F9${slot}0000`)

async function attestation(card: PivWire, slot: string): Promise<Uint8Array> {
  const answer = await attest(card, slot)
  assert.match(answer, /9000$/)
  return fromHex(answer.slice(0, -4))
}

/** The certificate in the object of slot F9: 53, 70. */
async function attesterCertificate(card: PivWire): Promise<Uint8Array> {
  const answer = await gatheredAnswer(card, '00CB3FFF055C035FFF0100')
  const [, der = ''] = /^5382....7082....(.*)710100FE009000$/.exec(answer) ?? []
  return fromHex(der)
}

async function putAttesterCertificate(card: PivWire, certificate: Uint8Array): Promise<void> {
  const tlv = (tag: string, value: string) =>
    `${tag}82${(value.length / 2).toString(16).padStart(4, '0')}${value}`
  let data = `5C035FFF01${tlv('53', `${tlv('70', toHex(certificate))}710100FE00`)}`
  while (data.length > 510) {
    await card.expect(`10DB3FFFFF${data.slice(0, 510)}`)
    data = data.slice(510)
  }
  await card.expect(`00DB3FFF${byte(data.length / 2)}${data}`)
}

const scalar = () => {
  const { d = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return toHex(Buffer.from(d, 'base64url'))
}

suite('an attestation by a PIV card', () => {
  test('is a certificate of the generated key, which openssl verifies up to the card’s own', async t => {
    const card = await administeredCard()
    const folder = mkdtempSync(join(tmpdir(), 'cardinal-attestation-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = (name: string, der: Uint8Array) => {
      const path = join(folder, name)
      writeFileSync(path, new X509Certificate(der).toString())
      return path
    }
    const authority = file('f9.pem', await attesterCertificate(card))
    assert.match(openssl(['verify', '-check_ss_sig', '-CAfile', authority, authority]).toString(), /: OK\n$/)
    for (const [slot, algorithm] of [
      ['9A', '11'],
      ['9C', '14'],
      ['82', '07'],
    ] as const) {
      const publicKey = await gatheredAnswer(card, generateKey(slot, algorithm))
      const der = await attestation(card, slot)
      const path = file(`${slot}.pem`, der)
      assert.equal(openssl(['verify', '-CAfile', authority, path]).toString(), `${path}: OK\n`)
      const text = openssl(['x509', '-in', path, '-noout', '-text']).toString()
      assert.match(text, /Issuer: CN = Cardinal Virtual PIV Card 19088743\n/)
      assert.match(text, new RegExp(`Subject: CN = Cardinal Virtual PIV Attestation ${slot.toLowerCase()}\n`))
      assert.match(text, /Not Before: Jan {2}1 00:00:00 2000 GMT\n *Not After : Dec 31 23:59:59 9999 GMT/)
      const { n = '', x = '' } = new X509Certificate(der).publicKey.export({ format: 'jwk' })
      assert.ok(publicKey.includes(toHex(Buffer.from(n + x, 'base64url'))))
    }
  })

  test('says what the card is and when the key wants the PIN', async () => {
    const card = await administeredCard()
    for (const [slot, policy, pinPolicy] of [
      ['9A', '', 'once'],
      ['9C', '', 'always'],
      ['9E', '', 'never'],
      ['9A', 'AA0103', 'always'],
      ['9C', 'AA0101', 'never'],
    ] as const) {
      const control = `800111${policy}`
      const length = control.length / 2
      await card.expect(`004700${slot}${byte(length + 2)}AC${byte(length)}${control}00`)
      assert.deepEqual(readPivAttestation(decodeCertificate(await attestation(card, slot))), {
        firmwareVersion: '5.7.0',
        serialNumber,
        pinPolicy,
        touchPolicy: 'never',
        formFactor: { shape: 'unspecified', fips: false },
      })
    }
  })

  for (const number of [0, 1, 0x7f, 0x80, 0xff, 0x8000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    test(`tells the serial number ${number} as DER wants it`, async () => {
      const card = await newCard({ serialNumber: number })
      await authenticate(card)
      await card.expect(generateKey('9A', '11'))
      assert.equal(readPivAttestation(decodeCertificate(await attestation(card, '9A'))).serialNumber, number)
    })
  }

  test('has another serial number each time, whatever the random bytes', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    const [one, other] = [await attestation(card, '9A'), await attestation(card, '9A')]
    assert.notEqual(decodeCertificate(one).serialNumberHex, decodeCertificate(other).serialNumberHex)
    for (const value of [0x00, 0xff]) {
      const odd = await newCard({}, length => new Uint8Array(length).fill(value))
      await authenticate(odd)
      await odd.expect(generateKey('9A', '11'))
      assert.equal(decodeCertificate(await attestation(odd, '9A')).serialNumber.length, 16)
    }
  })

  test('needs no PIN and no administrator', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    await attestation(await card.restart(), '9A')
  })

  test('is of no key that came from outside, and ends where one takes the place of another', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    await attestation(card, '9A')
    await card.expect(`00FE119A220620${scalar()}`)
    assert.equal(await attest(card, '9A'), imported)
    await card.expect('00F6829A')
    assert.equal(await attest(card, '82'), imported)
    assert.equal(await attest(card, '9A'), noKey)
    await card.expect(generateKey('82', '11'))
    await attestation(card, '82')
  })

  test('goes with its key into another slot', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'), '00F6829A')
    assert.equal(await attest(card, '9A'), noKey)
    assert.equal(new X509Certificate(await attestation(card, '82')).subject.slice(-2), '82')
  })

  test('is made for the slots of the standard alone', async () => {
    const card = await administeredCard()
    for (const slot of ['F9', '9B', '80', '00', '96']) assert.equal(await attest(card, slot), '6A86')
    assert.equal(await card.send('00F99A0100'), '6A86')
  })

  test('outlives a reset, which leaves the attestation key', async () => {
    const card = await administeredCard()
    const before = await attesterCertificate(card)
    await card.expect(generateKey('9A', '11'))
    for (let tries = 3; tries > 0; tries--) {
      await card.verify('000000')
      await card.send(`002C008010${toHex(Buffer.from('00000000'))}${toHex(Buffer.from('111111'))}FFFF`)
    }
    await card.expect('00FB0000')
    assert.equal(await attest(card, '9A'), noKey)
    await authenticate(card)
    await card.expect(generateKey('9A', '11'))
    assert.deepEqual(await attesterCertificate(await card.restart()), before)
    assert.ok(
      new X509Certificate(await attestation(card, '9A')).verify(new X509Certificate(before).publicKey),
    )
  })
})

suite('the attestation key of a PIV card', () => {
  test('is another one on each card', async () => {
    const [one, other] = [await newCard(), await newCard()]
    assert.notDeepEqual(await attesterCertificate(one), await attesterCertificate(other))
  })

  test('is replaced by an administrator, and signs once its certificate fits it', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    const point = (await card.expect(generateKey('F9', '11'))).slice(10)
    assert.equal(await attest(card, '9A'), unfitAttester)
    const coordinates = [point.slice(2, 66), point.slice(66)].map(half =>
      Buffer.from(half, 'hex').toString('base64url'),
    )
    const [x = '', y = ''] = coordinates
    const publicKey = createPublicKey({
      key: { kty: 'EC', crv: 'P-256', x, y },
      format: 'jwk',
    })
    const certificate = certificateFor(publicKey.export({ type: 'spki', format: 'der' }))
    await putAttesterCertificate(card, certificate)
    const made = new X509Certificate(await attestation(card, '9A'))
    const attester = new X509Certificate(certificate)
    assert.ok(made.verify(publicKey))
    assert.equal(made.issuer, 'CN=alice')
    assert.deepEqual([made.validFrom, made.validTo], [attester.validFrom, attester.validTo])
  })

  test('may be RSA, and come from outside', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    await gatheredAnswer(card, generateKey('F9', '07'))
    assert.equal(await attest(card, '9A'), unfitAttester)
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = privateKey.export({ format: 'jwk' })
    const numbers = [jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map((number = '', index) => {
      const hex = toHex(Buffer.from(number, 'base64url')).padStart(256, '0')
      return `${byte(index + 1)}8180${hex}`
    })
    let data = numbers.join('')
    while (data.length > 510) {
      await card.expect(`10FE07F9FF${data.slice(0, 510)}`)
      data = data.slice(510)
    }
    await card.expect(`00FE07F9${byte(data.length / 2)}${data}`)
    await putAttesterCertificate(card, certificateFor(publicKey.export({ type: 'spki', format: 'der' })))
    const made = await attestation(card, '9A')
    assert.ok(new X509Certificate(made).verify(publicKey))
    assert.equal(decodeCertificate(made).signatureAlgorithm, 'sha256WithRSAEncryption')
  })

  test('signs nothing with a certificate that is none, compressed or missing', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    for (const content of ['AA00', '7000', '70023000', '70020500710100']) {
      await card.expect(
        `00DB3FFF${byte(7 + content.length / 2)}5C035FFF0153${byte(content.length / 2)}${content}`,
      )
      assert.equal(await attest(card, '9A'), unfitAttester, content)
    }
    await card.expect('00DB3FFF075C035FFF015300')
    assert.equal(await attest(card, '9A'), noAttester)
  })

  test('does nothing else, and goes nowhere', async () => {
    const card = await administeredCard()
    await card.expect(generateKey('9A', '11'))
    await card.verify(pin)
    assert.equal(await card.send(`008711F9267C2482008120${'AB'.repeat(32)}00`), '6A86')
    for (const move of ['00F682F9', '00F6FFF9', '00F6F99A']) assert.equal(await card.send(move), '6A86')
    await attestation(card, '9A')
    assert.match(await card.send('00F700F900'), /^010111020201010301010443864104.{128}9000$/)
  })

  test('is replaced by nobody else', async () => {
    const card = await newCard()
    await card.verify(pin)
    for (const command of [
      generateKey('F9', '11'),
      `00FE11F9220620${scalar()}`,
      '00DB3FFF095C035FFF015302AA01',
    ]) {
      assert.equal(await card.send(command), '6982')
    }
  })

  test('is missing on cards from before there was one, which say so', async () => {
    const store = new MemoryStore()
    await createVirtualPivCard(blankPivCardState({ serialNumber }), store)
    const open = async () =>
      new PivWire(await openVirtualPivCard({ store, randomBytes: length => new Uint8Array(length) }), store)
    const card = await open()
    await authenticate(card)
    await card.expect(generateKey('9A', '11'))
    assert.equal(await attest(card, '9A'), noAttester)
    assert.equal(await card.send('00CB3FFF055C035FFF0100'), '6A82')
  })
})
