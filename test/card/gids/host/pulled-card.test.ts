import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import { CardError } from '../../../../src/card/card-error.ts'
import type { GidsSmartCard } from '../../../../src/card/gids/host/gids-card.ts'
import { refusalOf } from '../../card-errors.ts'
import { authenticate } from '../../smart-card-contract.ts'
import { adminKey, cardId, newCard, personalCard, pin } from '../gids-host.ts'
import { AppletGidsCard } from './applet-gids-card.ts'
import { connectionTo, open } from './connected-card.ts'

const newAdminKey = Uint8Array.from({ length: 24 }, (_, index) => 0xa0 + index)
const newPin = '74193058'
const curve = { algorithm: 'EC', curve: 'P-256' } as const
const certificate = Uint8Array.from({ length: 700 }, (_, index) => (index * index) & 0xff)

interface Work {
  readonly prepare: () => Promise<ApduCard>
  readonly run: (card: GidsSmartCard) => Promise<unknown>
  /** Goes on with a card that was pulled somewhere, and judges it. */
  readonly goOn: (card: GidsSmartCard) => Promise<void>
}

/** Whether the last command still reaches the card, whose answer is lost in any case. */
type Moment = 'before' | 'after'

suite('a card that is pulled at any command', () => {
  pulledAtEach('of its personalisation is personalised again, an applet of Java', {
    prepare: async () => new AppletGidsCard((await personalCard()).card),
    run: card => personalise(card, adminKey),
    goOn: async card => {
      const current = (await refusalOf(authenticate(card, adminKey))) === undefined ? adminKey : newAdminKey
      // Not erased: what lies where the next key is to go is replaced.
      await personalise(card, current)
      assert.ok((await card.listKeys()).some(({ hasCertificate }) => hasCertificate))
    },
  })

  pulledAtEach('of its personalisation is personalised again', {
    prepare: async () => (await personalCard()).card,
    run: card => personalise(card, adminKey),
    goOn: async card => {
      await card.listKeys()
      const current = (await refusalOf(authenticate(card, adminKey))) === undefined ? adminKey : newAdminKey
      await authenticate(card, current)
      await card.erase()
      await personalise(card, current)
      await isPersonal(card)
    },
  })

  const cards: Record<string, (card: ApduCard) => ApduCard> = {
    ours: card => card,
    'an applet of Java': card => new AppletGidsCard(card),
    'one that calls it a wrong parameter': card =>
      new AppletGidsCard(card, { exists: 0x6a80, notActivated: 0x6283 }),
    'one that calls it a name in use': card =>
      new AppletGidsCard(card, { exists: 0x6a8a, notActivated: 0x6283 }),
    'one that gives no reason': card => new AppletGidsCard(card, { exists: 0x6f00, notActivated: 0x9000 }),
  }
  for (const [what, made] of Object.entries(cards)) {
    pulledAtEach(`of its initialization is initialized again, ${what}`, {
      prepare: async () => made((await newCard()).card),
      run: card => card.initialize({ cardId, adminKey, pin: '99999999' }),
      goOn: async card => {
        const refusal = await refusalOf(card.initialize({ cardId, adminKey, pin }))
        // Pulled when all was done, it is what was wanted.
        if (refusal !== undefined) assert.equal(refusal.code, 'already-initialized')
        assert.equal(await card.isInitialized(), true)
        assert.equal(await card.readCardId(), cardId)
        await card.authenticateMutually(adminKey)
        await personalise(card, adminKey)
        await isPersonal(card)
      },
    })
  }

  pulledAtEach('of the deletion of a key has room for another', {
    prepare: async () => {
      const { card } = await personalCard()
      await personalise(await open(connectionTo(card)), adminKey)
      await card.reset()
      return card
    },
    run: deleteAll,
    goOn: async card => {
      await deleteAll(card)
      assert.deepEqual(await card.listKeys(), [])
      const { keyId, hasCertificate } = await card.generateKeyPair(curve)
      assert.equal(hasCertificate, false)
      await card.writeCertificate(keyId, certificate)
      await isPersonal(card)
    },
  })
})

function pulledAtEach(name: string, work: Work): void {
  for (const moment of ['before', 'after'] as const) {
    test(`${name}, pulled ${moment} the command`, async () => {
      let pulls = 0
      for (let last = 0; ; last++) {
        const card = await work.prepare()
        const pulled = pulling(card, last, moment)
        const refusal = await refusalOf(open(pulled.connection).then(work.run))
        if (!pulled.isOut()) {
          assert.equal(refusal, undefined)
          break
        }
        pulls += 1
        assert.equal(refusal?.code, 'card-removed', `command ${last}`)
        await card.reset()
        await work.goOn(await open(connectionTo(card))).catch(error => {
          throw new Error(`After a pull ${moment} command ${last}`, { cause: error })
        })
      }
      assert.ok(pulls > 10)
    })
  }
}

function pulling(
  card: ApduCard,
  last: number,
  moment: Moment,
): { connection: CardConnection; isOut: () => boolean } {
  let commands = 0
  const removed = () => new CardError('card-removed', 'The card was taken out of its reader.')
  return {
    isOut: () => commands > last,
    connection: {
      ...connectionTo(card),
      async transmit(command) {
        if (commands > last) throw new Error('A command was sent to a card that is gone.')
        commands += 1
        if (commands <= last) return await card.transmit(command)
        if (moment === 'after') await card.transmit(command)
        throw removed()
      },
    },
  }
}

async function personalise(card: GidsSmartCard, currentKey: Uint8Array): Promise<void> {
  await authenticate(card, currentKey)
  await card.changeAdminKey(newAdminKey)
  await card.setPin(newPin)
  await card.verifyPin(newPin)
  const { keyId } = await card.generateKeyPair(curve)
  await card.sign(keyId, 'SHA-256', new Uint8Array(1))
  await card.writeCertificate(keyId, certificate)
}

async function isPersonal(card: GidsSmartCard): Promise<void> {
  const keys = await card.listKeys()
  assert.deepEqual(
    keys.map(({ hasCertificate }) => hasCertificate),
    [true],
  )
  const [key] = keys
  assert.deepEqual(await card.readCertificate(key?.keyId ?? ''), certificate)
  await card.sign(key?.keyId ?? '', 'SHA-256', new Uint8Array(1))
}

async function deleteAll(card: GidsSmartCard): Promise<void> {
  await card.verifyPin(newPin)
  for (const { keyId } of await card.listKeys()) await card.deleteKey(keyId)
}
