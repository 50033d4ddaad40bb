import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ApduCard } from '../../../../src/card/apdu/apdu-card.ts'
import type { CardConnection } from '../../../../src/card/card-connection.ts'
import { CardError } from '../../../../src/card/card-error.ts'
import { openPivCard } from '../../../../src/card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../../../src/card/piv/host/piv-card.ts'
import type { CardKey } from '../../../../src/card/smart-card.ts'
import { refusalOf } from '../../card-errors.ts'
import { certificateFor } from '../certificate.ts'
import { connectTo, managementKey, newCard, pin, puk, tripleDesKey } from '../piv-cards.ts'
import { AppletPivCard } from './applet-piv-card.ts'
import { ForeignPivCard } from './foreign-piv-card.ts'

const newManagementKey = new Uint8Array(32).fill(0x5c)
const [newPin, newPuk] = ['736452', '18273645']
const message = Buffer.from('a message')
const certificates = new Map<string, Uint8Array>()

interface Features {
  readonly extensions: boolean
}

/** What whoever personalises a card writes down: a secret is unsure while the command that changes it is under way. */
interface Journal {
  pin: 'old' | 'unsure' | 'new'
  puk: 'old' | 'unsure' | 'new'
}

/** Goes through all that an enrollment does, taking up what an earlier attempt has finished. */
async function personalise(
  connection: CardConnection,
  { extensions }: Features,
  journal: Journal,
): Promise<void> {
  const card = await openPivCard(connection, { randomBytes })
  await authenticate(card)
  await card.initialize()
  if (extensions && (await card.readManagementKeyType()) !== 'AES-256') {
    await card.setManagementKey('AES-256', newManagementKey)
  }
  await replaceOnce(
    journal,
    'pin',
    () => card.verifyPin(newPin),
    () => card.changePin(pin, newPin),
  )
  await replaceOnce(
    journal,
    'puk',
    () => card.changePuk(newPuk, newPuk),
    () => card.changePuk(puk, newPuk),
  )
  await card.verifyPin(newPin)
  const missing = await refusalOf(card.readCertificate('9a'))
  if (missing === undefined) return card.disconnect()
  if (missing.code !== 'no-such-key' && missing.code !== 'no-such-certificate') throw missing
  const key = await card.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9a')
  const signature = await card.sign('9a', 'SHA-256', message)
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' })
  assert.ok(verify('sha256', message, publicKey, signature))
  await card.writeCertificate('9a', certificateOf(key))
  await card.disconnect()
}

async function authenticate(card: PivCard): Promise<void> {
  const isNew = (await card.readManagementKeyType()) !== 'AES-256'
  await card.authenticateMutually(isNew ? managementKey : newManagementKey)
}

/** Where it is unsure, the new secret is asked for first: a right one gives back what a wrong one has cost. */
async function replaceOnce(
  journal: Journal,
  secret: keyof Journal,
  verifyNew: () => Promise<void>,
  replace: () => Promise<void>,
): Promise<void> {
  if (journal[secret] === 'new') return
  const isNew = journal[secret] === 'unsure' && (await isAccepted(verifyNew))
  journal[secret] = 'unsure'
  if (!isNew) await replace()
  journal[secret] = 'new'
}

async function isAccepted(verifyNew: () => Promise<void>): Promise<boolean> {
  const refusal = await refusalOf(verifyNew())
  if (refusal === undefined) return true
  if (refusal.code !== 'wrong-pin' && refusal.code !== 'wrong-puk') throw refusal
  return false
}

/** Openssl is asked once for each key. */
function certificateOf(key: CardKey): Uint8Array {
  const name = Buffer.from(key.publicKey).toString('hex')
  const certificate = certificates.get(name) ?? certificateFor(key.publicKey)
  certificates.set(name, certificate)
  return certificate
}

/** The card is pulled at a command: before it gets there, or before its answer is back. */
function pulledAt(card: ApduCard, position: number, isCarriedOut: boolean) {
  const line = { commands: 0 }
  const connection: CardConnection = {
    ...connectTo(card),
    async transmit(command) {
      line.commands += 1
      if (line.commands < position) return card.transmit(command)
      if (line.commands === position && isCarriedOut) await card.transmit(command)
      throw new CardError('card-removed', 'The card was taken out. Put it in again.')
    },
  }
  return { connection, line }
}

const kinds: readonly [what: string, create: () => Promise<ApduCard>, features: Features][] = [
  ['ours', async () => (await newCard()).card, { extensions: true }],
  [
    'another one',
    async () => new ForeignPivCard((await newCard({ managementKey: tripleDesKey })).card),
    { extensions: false },
  ],
  [
    'one of an applet',
    async () => new AppletPivCard((await newCard({ managementKey: tripleDesKey })).card),
    { extensions: true },
  ],
]

suite('a PIV card that is pulled', () => {
  for (const [what, create, features] of kinds) {
    test(`at any command of its personalisation says so, and is ${what} to go on with`, async () => {
      const whole = pulledAt(await create(), Number.POSITIVE_INFINITY, false)
      await personalise(whole.connection, features, { pin: 'old', puk: 'old' })
      const { commands } = whole.line
      assert.ok(commands > 20)
      for (let position = 1; position <= commands; position++) {
        const card = await create()
        const { connection, line } = pulledAt(card, position, position % 2 === 0)
        const journal: Journal = { pin: 'old', puk: 'old' }
        const refusal = await refusalOf(personalise(connection, features, journal))
        assert.equal(refusal?.code, 'card-removed')
        assert.equal(line.commands, position, 'nothing is sent to a card that is gone')
        await card.reset()
        await personalise(connectTo(card), features, journal)
        const again = await openPivCard(connectTo(card), { randomBytes })
        assert.equal(await again.readPinTries(), 3)
        const [key] = await again.listKeys()
        assert.ok(key?.hasCertificate)
      }
    })
  }
})
