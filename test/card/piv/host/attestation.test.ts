import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import { newPivCardState } from '../../../../src/card/piv/virtual/new-piv-card.ts'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { refusalOf, refuses } from '../../card-errors.ts'
import { connectTo, managementKey, newCard, type PivWire, tripleDesKey } from '../piv-cards.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'

const p256 = { algorithm: 'EC', curve: 'P-256' } as const
const rsa4096 = { algorithm: 'RSA', keySize: 4096 } as const

async function administer(connection: CardConnection): Promise<PivCard> {
  const card = await openPivCard(connection, { randomBytes })
  await card.authenticateMutually(managementKey)
  return card
}

async function importKey({ card }: PivWire, slot: string): Promise<void> {
  const { d = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const command = `00FE11${slot}220620${toHex(Buffer.from(d, 'base64url'))}`
  assert.equal(toHex(await card.transmit(fromHex(command))), '9000')
}

/** A card of ours whose answers to some instructions are others. */
function scripted(wire: PivWire, answers: Readonly<Record<number, string>>): CardConnection {
  return {
    ...connectTo(wire.card),
    async transmit(command) {
      const answer = answers[command[1] ?? 0]
      return answer === undefined ? await wire.card.transmit(command) : fromHex(answer)
    },
  }
}

suite('the driver, of an attestation', () => {
  test('reads it and the certificate of the attestation key, however long', async () => {
    const wire = await newCard()
    const card = await administer(connectTo(wire.card))
    const intermediate = new X509Certificate(await card.readAttestationCertificate())
    for (const [algorithm, keyId] of [
      [p256, '9a'],
      [rsa4096, '82'],
    ] as const) {
      const { publicKey } = await card.generateKeyPair(algorithm, keyId)
      const attestation = new X509Certificate(await card.attestKey(keyId))
      assert.ok(attestation.verify(intermediate.publicKey))
      assert.deepEqual(
        Uint8Array.from(attestation.publicKey.export({ type: 'spki', format: 'der' })),
        publicKey,
      )
    }
  })

  test('reads it from a connection that knows nothing of the key yet, without PIN and administrator', async () => {
    const wire = await newCard()
    await (await administer(connectTo(wire.card))).generateKeyPair(p256, '9a')
    const card = await openPivCard(connectTo(wire.card), { randomBytes })
    assert.ok(new X509Certificate(await card.attestKey('9a')).subject.endsWith('9a'))
  })

  test('says that a key was imported, and that there is none', async () => {
    const wire = await newCard()
    const card = await administer(connectTo(wire.card))
    await importKey(wire, '9A')
    assert.match((await refusalOf(card.attestKey('9a')))?.message ?? '', /was imported/)
    await refuses(card.attestKey('9a'), 'not-attested')
    await refuses(card.attestKey('9c'), 'no-such-key')
    for (const none of ['f9', '9b', '', '9A']) await refuses(card.attestKey(none), 'no-such-key')
    assert.ok((await card.listKeys()).every(({ keyId }) => keyId !== 'f9'))
  })

  test('says that a card has no attestation key any more', async () => {
    const wire = await newCard()
    const card = await administer(connectTo(wire.card))
    await card.generateKeyPair(p256, '9a')
    await wire.expect('00DB3FFF075C035FFF015300')
    assert.match((await refusalOf(card.attestKey('9a')))?.message ?? '', /no attestation key/)
    await refuses(card.readAttestationCertificate(), 'no-such-certificate')
  })

  test('says that a card attests nothing', async () => {
    const wire = await newCard({ managementKey: tripleDesKey })
    const foreign = new ForeignPivCard(wire.card)
    const card = await administer(connectTo(foreign))
    await card.generateKeyPair(p256, '9a')
    await refuses(card.attestKey('9a'), 'command-not-supported')
  })

  for (const word of ['6D00', '6E00', '6A81']) {
    test(`takes ${word} for a card that attests nothing`, async () => {
      const card = await administer(scripted(await newCard(), { 249: word }))
      await card.generateKeyPair(p256, '9a')
      await refuses(card.attestKey('9a'), 'command-not-supported')
    })
  }

  for (const word of ['6A80', '6A82', '6A86', '6A88', '6985']) {
    test(`asks for the reason of ${word}, which cards give for several`, async () => {
      const wire = await newCard()
      const card = await administer(scripted(wire, { 249: word }))
      await refuses(card.attestKey('9a'), 'no-such-key')
      await card.generateKeyPair(p256, '9a')
      assert.match((await refusalOf(card.attestKey('9a')))?.message ?? '', /has generated this key/)
      await importKey(wire, '9C')
      assert.match((await refusalOf(card.attestKey('9c')))?.message ?? '', /was imported/)
      const old = await administer(scripted(wire, { 249: word, 247: '6D00' }))
      assert.match((await refusalOf(old.attestKey('9c')))?.message ?? '', /there is none, or it was imported/)
    })
  }

  test('believes no other refusal to mean that', async () => {
    const card = await administer(scripted(await newCard(), { 249: '6F00' }))
    await refuses(card.attestKey('9a'), 'card-failure')
  })

  test('does not believe one of another key, or one that is none', async () => {
    const wire = await newCard()
    const card = await administer(connectTo(wire.card))
    await card.generateKeyPair(p256, '9a')
    const other = await card.attestKey('9a')
    const give = (data: string) => administer(scripted(wire, { 249: `${data}9000` }))
    await card.generateKeyPair(p256, '9a')
    await refuses((await give(toHex(other))).attestKey('9a'), 'unexpected-answer')
    for (const data of ['', '3000', 'FF', toHex(other.subarray(0, 100)), `${toHex(other)}00`.slice(2)]) {
      await refuses((await give(data)).attestKey('9a'), 'unexpected-answer')
    }
  })

  test('reads a compressed certificate of the attestation key, and refuses a damaged one', async () => {
    const wire = await newCard()
    const card = await administer(connectTo(wire.card))
    const { objects } = newPivCardState({ serialNumber: 7 })
    const stored = objects[0]?.value ?? new Uint8Array()
    const certificate = stored.subarray(4, 4 + (((stored[2] ?? 0) << 8) | (stored[3] ?? 0)))
    const zipped = toHex(gzipSync(certificate))
    const size = (hex: string) => (hex.length / 2).toString(16).padStart(4, '0')
    const content = `7082${size(zipped)}${zipped}710101FE00`
    let data = `5C035FFF015382${size(content)}${content}`
    while (data.length > 510) {
      await wire.expect(`10DB3FFFFF${data.slice(0, 510)}`)
      data = data.slice(510)
    }
    await wire.expect(`00DB3FFF${byte(data.length / 2)}${data}`)
    assert.deepEqual(await card.readAttestationCertificate(), Uint8Array.from(certificate))
    await wire.expect('00DB3FFF0B5C035FFF01530470023000')
    await refuses(card.readAttestationCertificate(), 'unexpected-answer')
  })
})
