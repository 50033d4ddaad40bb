import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type InsertedCard, insertNewCard } from '../client/card-reader/inserted-card.ts'
import { startMuteService } from '../client/card-reader/mute-service.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../testbed/pcscd.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { newWorkstation, type Workstation } from './enroll-client.ts'

const programs = join(import.meta.dirname, '..', 'client', 'card-reader')
const vpn = ['--template', 'Virtual Smartcard VPN', '--answer', 'Request Reason=Remote work']

describe('cardinal enroll with a card in a reader', { skip: leftOutWithout('pcscd') }, () => {
  let server: TestServer
  let pcscd: Pcscd
  let station: Workstation

  before(async () => {
    server = await startServer()
    pcscd = await startPcscd()
    station = await newWorkstation(server, 'alice', {
      PCSCLITE_CSOCK_NAME: pcscd.socket,
    })
  })
  after(async () => {
    await station?.remove()
    await pcscd?.stop()
    await server?.remove()
  })

  const cardinal = async (command: string, ...args: readonly string[]) => {
    const card = ['--reader', pcscd.reader, '--pin-file', station.file('pin')]
    const { code, stdout, stderr } = await station.cardinal(command, ...station.signIn, ...args, ...card)
    assert.equal(code, 0, stderr)
    return stdout
  }

  for (const [personality, program] of [
    ['GIDS', 'plug-card.ts'],
    ['PIV', 'piv-plug-card.ts'],
  ] as const) {
    test(`a ${personality} card is enrolled, renewed and unblocked; OpenSC reads it and uses its key`, async t => {
      await writeFile(station.file('pin'), '73904182\n')
      const card = await insertNewCard(t, pcscd, join(programs, program))
      await cardinal('enroll', ...vpn)
      await assertUsable(card, '73904182')
      const renewed = JSON.parse(await cardinal('renew', '--json'))
      const list = await card.tool('pkcs15-tool', '--list-certificates')
      assert.equal(list.match(/^X\.509 Certificate/gm)?.length, 2, list)
      assert.match(renewed.certificates[0].subject, /Alice Adams/)
      await writeFile(station.file('pin'), '60417293\n')
      await cardinal('unblock')
      await assertUsable(card, '60417293')
      const { code, stderr } = await station.cardinal('retire', ...station.signIn, '--reader', pcscd.reader)
      assert.equal(code, 0, stderr)
      assert.doesNotMatch(await card.tool('pkcs15-tool', '--list-certificates'), /X\.509 Certificate/)
    })
  }

  test('a card that never answers ends the command, which says to take it out', async t => {
    await insertNewCard(t, pcscd, join(import.meta.dirname, 'mute-card.ts'))
    const { code, signal, stderr } = await station.cardinal(
      'enroll',
      ...[...station.signIn, ...vpn, '--reader', pcscd.reader, '--card-timeout', '1'],
    )
    assert.deepEqual({ code, signal }, { code: null, signal: 'SIGTERM' })
    assert.match(stderr, /did not answer in time.*Take it out of its reader/s)
  })

  test('a PC/SC service that hangs ends the command in time, which says to start it anew', async t => {
    const PCSCLITE_CSOCK_NAME = await startMuteService(t)
    const other = await newWorkstation(server, 'alice', { PCSCLITE_CSOCK_NAME })
    t.after(() => other.remove())
    for (const reader of [[], ['--reader', pcscd.reader]]) {
      const { code, stderr } = await other.cardinal(
        'enroll',
        ...[...other.signIn, ...vpn, ...reader, '--card-timeout', '1', '--pin-file', other.file('pin')],
      )
      assert.equal(code, 4)
      assert.match(
        stderr,
        /^cardinal: The PC\/SC service of this computer did not answer in time\. Start it anew/,
      )
    }
  })

  /** The first certificate verifies up to our root, and the key beside it signs under the PIN. */
  async function assertUsable(card: InsertedCard, pin: string): Promise<void> {
    const list = await card.tool('pkcs15-tool', '--list-certificates')
    const [, id] = /^\s*ID\s*:\s*(\w+)/m.exec(list) ?? assert.fail(list)
    const pem = card.file('certificate.pem')
    await card.tool('pkcs15-tool', '--read-certificate', id ?? '', '--output', pem)
    const root = card.file('root.pem')
    const chain = card.file('chain.pem')
    await writeAuthorities(root, chain)
    openssl('verify', '-CAfile', root, '-untrusted', chain, pem)
    const data = card.file('data')
    await writeFile(data, 'sign me')
    const signature = card.file('signature')
    const login = ['--login', '--pin', pin, '--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', id ?? '']
    await card.tool('pkcs11-tool', ...login, '--input-file', data, '--output-file', signature)
    const key = card.file('key.pem')
    await writeFile(key, openssl('x509', '-in', pem, '-noout', '-pubkey'))
    openssl('dgst', '-sha256', '-verify', key, '-signature', signature, data)
  }

  async function writeAuthorities(root: string, chain: string): Promise<void> {
    const profile = [station.file('a.key'), station.file('a.pem')] as const
    const template = [
      '--template',
      'FIM CM Sample Profile Template',
      '--key',
      profile[0],
      '--certificate',
      profile[1],
    ]
    if (!(await readFile(profile[1]).catch(() => null))) {
      const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...template)
      assert.equal(code, 0, stderr)
    }
    const pems = (await readFile(profile[1], 'utf8')).match(/-----BEGIN[\s\S]*?END CERTIFICATE-----\n/g) ?? []
    await writeFile(chain, pems[1] ?? '')
    await writeFile(root, pems[2] ?? '')
  }
})

function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  assert.equal(status, 0, `openssl ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}
