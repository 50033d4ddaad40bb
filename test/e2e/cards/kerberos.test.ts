import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, suite, type TestContext, test } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { startServer, type TestServer } from '../../testbed/server.ts'
import { createServerCertificate } from '../client-certificate-authority.ts'
import { type CardDesk, openCardDesk, openscModule, withInput } from './card-desk.ts'
import { startCertificateRealm } from './certificate-realm.ts'
import { type EnrolledCard, enrollCard } from './enrolled-card.ts'

let desk: CardDesk
let server: TestServer

suite('kinit with a card, at an MIT KDC', { skip: leftOutWithout('pcscd', 'krb5-kdc') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    server = await startServer()
  })
  after(async () => {
    await server?.remove()
    await desk?.close()
  })

  async function enroll(t: TestContext, personality: 'GIDS' | 'PIV'): Promise<EnrolledCard> {
    const card = await enrollCard(desk, await server.clientOf('alice'), personality)
    t.after(async () => {
      await desk.card('unplug', personality)
      await desk.card('destroy', personality, '--yes')
    })
    return card
  }

  /** Starts a KDC, and hands out kinit and klist against it. */
  async function openRealm(t: TestContext, { root, issuingAuthority }: EnrolledCard, trustedRoot = root) {
    const authorities = { root, issuingAuthority, trustedRoot }
    const realm = await startCertificateRealm({ realm: 'contoso.com', user: 'alice', ...authorities })
    t.after(() => realm[Symbol.asyncDispose]())
    const cache = `KRB5CCNAME=FILE:${desk.file('tickets')}`
    const environment = ['env', `KRB5_CONFIG=${realm.clientConfiguration}`, cache] as const
    t.after(() => desk.pcscd.run(...environment, 'kdestroy'))
    return {
      center: realm.center,
      async signIn(pin: string) {
        await writeFile(desk.file('pin'), `${pin}\n`)
        const identity = ['-X', `X509_user_identity=PKCS11:${openscModule}`, 'alice@contoso.com']
        return await desk.pcscd.run(...withInput(desk.file('pin'), ...environment, 'kinit', ...identity))
      },
      tickets: () => desk.pcscd.run(...environment, 'klist'),
    }
  }

  for (const personality of ['GIDS', 'PIV'] as const) {
    test(`gets a ticket by the key on a ${personality} card from one that trusts our root`, async t => {
      const card = await enroll(t, personality)
      const { signIn, tickets, center } = await openRealm(t, card)
      const { status, stderr } = await signIn(card.pin)
      assert.equal(status, 0, stderr + center.log())
      const { stdout } = await tickets()
      assert.match(stdout, /Default principal: alice@contoso\.com/)
      assert.match(stdout, /krbtgt\/contoso\.com@contoso\.com/)
    })
  }

  test('gets none with a wrong PIN, which costs one try', async t => {
    const card = await enroll(t, 'GIDS')
    const { signIn, tickets } = await openRealm(t, card)
    assert.notEqual((await signIn('000000')).status, 0)
    assert.notEqual((await tickets()).status, 0)
    const { pinTriesLeft } = JSON.parse((await desk.card('info', '--json')).stdout)
    assert.equal(pinTriesLeft, 4)
  })

  test('gets none from one that trusts another root', async t => {
    const card = await enroll(t, 'GIDS')
    const strange = await createServerCertificate(desk.file('.'))
    const { signIn, center } = await openRealm(t, card, strange.certificate)
    assert.notEqual((await signIn(card.pin)).status, 0)
    await center.untilLogged(/preauth \(pkinit\) verify failure/)
  })
}
