import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import { CardError } from '../../../../src/card/card-error.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import type { CardKey } from '../../../../src/card/smart-card.ts'
import { MemoryStore } from '../../virtual/memory-store.ts'
import { certificateFor } from '../certificate.ts'
import { connectTo, managementKey, newCard, PivWire, pin } from '../piv-cards.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'

const curve = { algorithm: 'EC', curve: 'P-256' } as const

async function open(card: ApduCard, pull = Number.POSITIVE_INFINITY, carriesOut = false): Promise<PivCard> {
  let sent = 0
  const driver = await openPivCard(
    {
      ...connectTo(card),
      async transmit(command) {
        const at = sent++
        if (at < pull) return await card.transmit(command)
        if (at === pull && carriesOut) await card.transmit(command)
        throw new CardError('card-removed', 'The card was taken out of its reader.')
      },
    },
    { randomBytes },
  )
  await driver.authenticateMutually(managementKey)
  await driver.verifyPin(pin)
  return driver
}

interface Renewal {
  readonly card: ApduCard
  readonly former: CardKey
  readonly renewed: CardKey
  readonly formerCertificate: Uint8Array
  readonly certificate: Uint8Array
}

/** A card in use, with a new key that has no certificate yet. */
async function renewal(others: readonly string[] = []): Promise<Renewal> {
  const { card } = await newCard()
  const driver = await open(card)
  const former = await driver.generateKeyPair(curve, '9a')
  const formerCertificate = certificateFor(former.publicKey)
  await driver.writeCertificate('9a', formerCertificate)
  for (const keyId of others) {
    await driver.writeCertificate(
      keyId,
      certificateFor((await driver.generateKeyPair(curve, keyId)).publicKey),
    )
  }
  const renewed = await driver.generateKeyPair(curve)
  const certificate = certificateFor(renewed.publicKey)
  await driver.disconnect()
  return { card, former, renewed, formerCertificate, certificate }
}

/** Each slot with a key or a certificate, by what is in it. */
async function contents({ card, former, renewed, formerCertificate, certificate }: Renewal) {
  const driver = await open(card)
  const slots: Record<string, string> = {}
  const keys = await driver.listKeys()
  const keyIds = ['9a', '9d', ...Array.from({ length: 20 }, (_, index) => (0x82 + index).toString(16))]
  for (const keyId of keyIds) {
    const key = keys.find(each => each.keyId === keyId)?.publicKey
    const held = await driver.readCertificate(keyId).catch(() => undefined)
    const name = (bytes: Uint8Array | undefined, [ours, theirs]: readonly [Uint8Array, Uint8Array]) =>
      bytes === undefined
        ? 'nothing'
        : Buffer.compare(bytes, ours) === 0
          ? 'new'
          : Buffer.compare(bytes, theirs) === 0
            ? 'former'
            : 'other'
    const names = [
      name(key, [renewed.publicKey, former.publicKey]),
      name(held, [certificate, formerCertificate]),
    ]
    if (names.some(each => each !== 'nothing')) slots[keyId] = names.join(', ')
  }
  await driver.disconnect()
  return slots
}

const done = { '9a': 'new, new', '82': 'former, former' }

suite('the renewal of a key', () => {
  test('puts it where programs sign in, and the former one, which still works, into a retired slot', async () => {
    const about = await renewal()
    const driver = await open(about.card)
    await driver.renewKey(about.renewed.keyId, about.certificate, '9a')
    for (const keyId of ['9a', '82']) await driver.sign(keyId, 'SHA-256', new Uint8Array(1))
    await driver.disconnect()
    assert.deepEqual(await contents(about), done)
  })

  test('leaves the keys of other slots where they are', async () => {
    const about = await renewal(['9d', '82'])
    await (await open(about.card)).renewKey(about.renewed.keyId, about.certificate, '9a')
    assert.deepEqual(await contents(about), {
      '9a': 'new, new',
      '9d': 'other, other',
      '82': 'other, other',
      '84': 'former, former',
    })
  })

  test('is done by whoever does it again, and changes nothing then', async () => {
    const about = await renewal()
    for (let again = 0; again < 3; again++) {
      await (await open(about.card)).renewKey(about.renewed.keyId, about.certificate, '9a')
    }
    assert.deepEqual(await contents(about), done)
  })

  test('goes on after the card was pulled before or behind whichever change, and loses no key on the way', async () => {
    const whole = await renewal()
    const sent: number[] = []
    const driver = await open({
      ...whole.card,
      transmit(command) {
        sent.push(command[1] ?? 0)
        return whole.card.transmit(command)
      },
    })
    const first = sent.length
    await driver.renewKey(whole.renewed.keyId, whole.certificate, '9a')
    const changes = sent.flatMap((instruction, at) =>
      at >= first && (instruction === 0xdb || instruction === 0xf6) ? [at] : [],
    )
    // The certificate where it was made, that of the former key, both keys, the certificate in its place, no copy of it,
    // the key history; each certificate takes two commands.
    assert.equal(changes.length, 10)
    for (const pull of changes) {
      for (const carriesOut of [false, true]) {
        const about = await renewal()
        await assert.rejects(
          open(about.card, pull, carriesOut).then(pulled =>
            pulled.renewKey(about.renewed.keyId, about.certificate, '9a'),
          ),
          { code: 'card-removed' },
        )
        await about.card.reset()
        const between = Object.values(await contents(about)).map(each => each.split(',')[0])
        for (const key of ['new', 'former']) {
          assert.equal(between.filter(each => each === key).length, 1, `${key}: pulled at ${pull}`)
        }
        await (await open(about.card)).renewKey(about.renewed.keyId, about.certificate, '9a')
        assert.deepEqual(await contents(about), done, `pulled at ${pull}`)
      }
    }
  })

  test('leaves it in its own slot on a card that cannot move keys', async () => {
    const { card } = await newCard()
    const about = { ...(await renewal()), card: new ForeignPivCard(card) }
    const driver = await open(about.card)
    const former = await driver.generateKeyPair(curve, '9a')
    const formerCertificate = certificateFor(former.publicKey)
    await driver.writeCertificate('9a', formerCertificate)
    const renewed = await driver.generateKeyPair(curve)
    const certificate = certificateFor(renewed.publicKey)
    await driver.renewKey(renewed.keyId, certificate, '9a')
    await driver.disconnect()
    assert.deepEqual(await contents({ card: about.card, former, renewed, formerCertificate, certificate }), {
      '9a': 'former, former',
      '9d': 'new, new',
    })
  })

  test('leaves it in its own slot where all retired ones are in use', async () => {
    const retired = Array.from({ length: 20 }, (_, index) => (0x82 + index).toString(16))
    const about = await renewal(retired)
    await (await open(about.card)).renewKey(about.renewed.keyId, about.certificate, '9a')
    const slots = await contents(about)
    assert.deepEqual([slots['9a'], slots['9d']], ['former, former', 'new, new'])
  })

  test('tells programs how many retired slots to look into', async () => {
    const about = await renewal(['82', '83'])
    await (await open(about.card)).renewKey(about.renewed.keyId, about.certificate, '9a')
    const wire = new PivWire(about.card, new MemoryStore())
    await wire.send('00A4040009A0000003080000100000')
    assert.equal(await wire.send('00CB3FFF055C035FC10C00'), '5308C10103C20100FE009000')
  })

  test('is the administrator’s', async () => {
    const about = await renewal()
    const driver = await openPivCard(connectTo(about.card), { randomBytes })
    await assert.rejects(driver.renewKey(about.renewed.keyId, about.certificate, '9a'), {
      code: 'security-status-not-satisfied',
    })
  })
})
