import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { CardError } from '../../../../src/card/card-error.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import type { CardKey } from '../../../../src/card/smart-card.ts'
import { fromHex } from '../../apdu/hex.ts'
import { refusalOf, refuses } from '../../card-errors.ts'
import { authenticate } from '../administrator.ts'
import { certificateFor } from '../certificate.ts'
import { connectTo, managementKey, newCard, tripleDesKey } from '../piv-cards.ts'
import { AppletPivCard, pivApplet } from './applet-piv-card.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'
import { type CardUnderTest, pivCardContract } from './piv-card-contract.ts'

suite('a PIV card of ours, driven', () => {
  pivCardContract(async () => observed((await newCard()).card), {
    managementKeyType: 'AES-192',
    extensions: true,
    emptiesSlots: true,
  })
})

const tripleDesCard = async () => (await newCard({ managementKey: tripleDesKey })).card

suite('a PIV card of another kind, driven', () => {
  pivCardContract(async () => observed(new ForeignPivCard(await tripleDesCard())), {
    managementKeyType: '3DES',
    extensions: false,
    emptiesSlots: true,
  })
})

suite('a PIV card of an applet that deletes no keys, driven', () => {
  pivCardContract(async () => observed(new AppletPivCard(await tripleDesCard())), {
    managementKeyType: '3DES',
    extensions: true,
    emptiesSlots: false,
  })
})

suite('a PIV card that tells of keys what nobody understands', () => {
  pivCardContract(
    async () => observed(new AppletPivCard(await tripleDesCard(), { ...pivApplet, metadata: 'garbage' })),
    { managementKeyType: '3DES', extensions: true, emptiesSlots: true },
  )
})

test('a PIV card that tells nothing of its keys is not thought empty', async () => {
  const card = new AppletPivCard(await tripleDesCard(), { ...pivApplet, metadata: 'nothing' })
  const driver = await openPivCard(connectTo(card), { randomBytes })
  await driver.authenticateMutually(managementKey)
  const key = await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' })
  await driver.writeCertificate(key.keyId, certificateFor(key.publicKey))
  const again = await openPivCard(connectTo(card), { randomBytes })
  assert.deepEqual(await again.listKeys(), [{ ...key, hasCertificate: true }])
})

test('a slot whose key is of an algorithm that is not known here is nobody’s to take', async () => {
  const { card } = await newCard()
  const connection = connectTo(card)
  // GET METADATA of 9A: an Ed25519 key, as YubiKeys from firmware 5.7 have them.
  const told = fromHex(`0101E00202010103010104228620${'A5'.repeat(32)}9000`)
  const isAsked = (command: Uint8Array) => Buffer.from(command).toString('hex').startsWith('00f7009a')
  const driver = await openPivCard(
    {
      ...connection,
      transmit: async command => (isAsked(command) ? told : await connection.transmit(command)),
    },
    { randomBytes },
  )
  await driver.authenticateMutually(managementKey)
  for (const [kept, slot] of [
    [[], '9d'],
    [undefined, '9d'],
    [['9d'], '82'],
  ] as const) {
    const key = await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, undefined, kept)
    assert.equal(key.keyId, slot)
    if (kept !== undefined) await driver.deleteKey(key.keyId)
  }
})

const kinds: readonly [name: string, create: () => Promise<ApduCard>][] = [
  ['ours', async () => (await newCard()).card],
  ['another kind', async () => new ForeignPivCard(await tripleDesCard())],
  ['an applet', async () => new AppletPivCard(await tripleDesCard())],
]

suite('the erasure of a PIV card', () => {
  for (const [name, create] of kinds) {
    test(`that was cut short is done again, on a card of ${name}`, async () => {
      for (let pull = 0; ; pull++) {
        const card = await create()
        const driver = await openPivCard(connectTo(card), { randomBytes })
        await driver.authenticateMutually(managementKey)
        const former = await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9e')
        await driver.writeCertificate('9e', certificateFor(former.publicKey))
        let left = Number.POSITIVE_INFINITY
        const pulled = await openPivCard(
          {
            ...connectTo(card),
            async transmit(command) {
              if (left-- <= 0) throw new CardError('card-removed', 'The card was taken out.')
              return await card.transmit(command)
            },
          },
          { randomBytes },
        )
        await pulled.authenticateMutually(managementKey)
        left = pull
        const refusal = await refusalOf(pulled.erase())
        const again = await openPivCard(connectTo(card), { randomBytes })
        await again.authenticateMutually(managementKey)
        await again.erase()
        const [key] = (await again.listKeys()).filter(each => each.hasCertificate)
        assert.equal(key, undefined, `pulled at ${pull}`)
        assert.equal(await isSignedWith(again, former), false, `pulled at ${pull}`)
        if (refusal === undefined) break
        assert.equal(refusal.code, 'card-removed')
      }
    })
  }
})

/** Whether the slot still has that key, which a certificate of it brings to light. */
async function isSignedWith(driver: PivCard, { keyId, publicKey }: CardKey): Promise<boolean> {
  const isRefused = await refusalOf(driver.writeCertificate(keyId, certificateFor(publicKey)))
  if (isRefused !== undefined) return false
  return (await refusalOf(driver.sign(keyId, 'SHA-256', new Uint8Array(1)))) === undefined
}

for (const [name, create] of kinds.filter(([kind]) => kind !== 'another kind')) {
  test(`a certificate without its key is not taken for a key, on a card of ${name}`, async () => {
    const driver = await openPivCard(connectTo(await create()), { randomBytes })
    await driver.authenticateMutually(managementKey)
    const { publicKey } = await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9d')
    await refuses(driver.writeCertificate('9a', certificateFor(publicKey)), 'no-such-key')
    await refuses(driver.sign('9a', 'SHA-256', new Uint8Array(1)), 'no-such-key')
  })
}

suite('a PIV card that neither deletes nor replaces a key', () => {
  test('has its certificates erased, and names the keys that stay', async () => {
    const habits = { ...pivApplet, replacesKeys: false }
    const card = observed(new AppletPivCard(await tripleDesCard(), habits))
    const driver = await openPivCard(card.connect(), { randomBytes })
    await driver.authenticateMutually(managementKey)
    for (const slot of ['9a', '9d']) {
      const { publicKey } = await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, slot)
      await driver.writeCertificate(slot, certificateFor(publicKey))
    }
    await refuses(driver.deleteKey('9d'), 'command-not-supported')
    assert.deepEqual(await driver.erase(), ['9a', '9d'])
    await refuses(driver.readCertificate('9a'), 'no-such-certificate')
  })

  test('is not believed where GENERATE leaves the key that was there', async () => {
    const wire = await newCard({ managementKey: tripleDesKey })
    let former: Uint8Array | undefined
    const card: ApduCard = {
      answerToReset: wire.card.answerToReset,
      reset: () => wire.card.reset(),
      async transmit(command) {
        if (command[1] === 0xf6) return fromHex('6D00')
        if (command[1] !== 0x47) return await wire.card.transmit(command)
        former ??= await wire.card.transmit(command)
        return former
      },
    }
    const driver = await openPivCard(connectTo(card), { randomBytes })
    await driver.authenticateMutually(managementKey)
    await driver.generateKeyPair({ algorithm: 'EC', curve: 'P-256' })
    assert.deepEqual(await driver.erase(), ['9a'])
  })
})

test('a caller who knows the type of the management key saves the card the question', async () => {
  const card = observed(new ForeignPivCard((await newCard({ managementKey: tripleDesKey })).card))
  const told = await openPivCard(card.connect(), { randomBytes, managementKeyType: '3DES' })
  await told.requestChallenge()
  assert.equal(card.commands.length, 2)
  const mistaken = await openPivCard(card.connect(), { randomBytes, managementKeyType: 'AES-128' })
  await refuses(mistaken.requestChallenge(), 'command-refused')
})

test('an identity that a card has is left as it is', async () => {
  const wire = await newCard({ managementKey: tripleDesKey })
  await authenticate(wire, '3DES')
  const guid = '00112233445566778899AABBCCDDEEFF'
  await wire.expect(`00DB3FFF195C035FC1025312 3410${guid}`)
  const card = await openPivCard(connectTo(new ForeignPivCard(wire.card)), { randomBytes })
  assert.equal(await card.readCardId(), '00112233-4455-6677-8899-aabbccddeeff')
  await card.authenticateMutually(managementKey)
  assert.equal(await card.initialize(), '00112233-4455-6677-8899-aabbccddeeff')
  assert.equal(await wire.expect('00CB3FFF055C035FC10200'), `53123410${guid}`)
})

function observed(card: ApduCard): CardUnderTest {
  const commands: Uint8Array[] = []
  return {
    commands,
    connect: () => ({
      ...connectTo(card),
      transmit(command) {
        commands.push(Uint8Array.from(command))
        return card.transmit(command)
      },
    }),
  }
}
