import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, suite, type TestContext, test } from 'node:test'
import { trustCertificationAuthorities } from '../../../src/client/trusted-authorities.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { freePort, startServer, type TestServer } from '../../testbed/server.ts'
import { type CertificateFiles, createServerCertificate } from '../client-certificate-authority.ts'
import { sessionPath } from '../client-certificate-caller.ts'
import { type CardDesk, openCardDesk } from './card-desk.ts'
import { type EnrolledCard, enrollCard } from './enrolled-card.ts'

let desk: CardDesk
let server: TestServer
let tls: CertificateFiles

suite('the PKCS#11 engine with a card', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    tls = await createServerCertificate(desk.file('.'))
    trustCertificationAuthorities(await readFile(tls.certificate, 'utf8'))
    server = await startServer({
      settings: { CARDINAL_TLS_CERTIFICATE_FILE: tls.certificate, CARDINAL_TLS_KEY_FILE: tls.key },
    })
  })
  after(async () => {
    await server?.remove()
    await desk?.close()
  })

  const keyOf = ({ keyId, pin }: EnrolledCard) => `pkcs11:id=${keyId};type=private;pin-value=${pin}`

  for (const personality of ['GIDS', 'PIV'] as const) {
    suite(`a ${personality} card`, () => {
      // OpenSC's driver for GIDS cards offers no PSS.
      const hasPss = personality === 'PIV'
      let card: EnrolledCard
      before(async () => {
        card = await enrollCard(desk, await server.clientOf('alice'), personality)
      })
      after(() => desk.card('unplug', personality))

      const handshake = async (t: TestContext, ...options: string[]) => {
        const port = await startTlsServer(t, card)
        const engine = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', keyOf(card)]
        const chain = ['-cert', card.certificate, '-cert_chain', card.issuingAuthority]
        const peer = ['-connect', `127.0.0.1:${port}`, '-CAfile', tls.certificate]
        return await desk.pcscd.run('openssl', 's_client', ...options, ...peer, ...chain, ...engine)
      }

      test('openssl shows it in a handshake of TLS 1.2', async t => {
        const { status, stdout, stderr } = await handshake(t, '-tls1_2', '-client_sigalgs', 'RSA+SHA256')
        assert.equal(status, 0, stdout + stderr)
        assert.match(stdout, /Verify return code: 0 \(ok\)/)
      })

      test(`openssl ${hasPss ? 'shows it' : 'cannot show it'} in one of TLS 1.3`, async t => {
        const { status, stderr } = await handshake(t, '-tls1_3')
        assert.equal(status === 0, hasPss, stderr)
        if (!hasPss) assert.match(stderr, /Mechanism invalid/)
      })

      test('curl signs in to Cardinal with it', async () => {
        const identity = [
          '--engine',
          'pkcs11',
          '--key-type',
          'ENG',
          '--key',
          keyOf(card),
          '--cert',
          card.certificate,
        ]
        const call = ['--silent', '--show-error', '--cacert', tls.certificate, '--fail-with-body']
        await writeFile(desk.file('openssl.cnf'), withoutPss)
        const version = hasPss ? [] : ['--tls-max', '1.2']
        const environment = hasPss ? [] : [`OPENSSL_CONF=${desk.file('openssl.cnf')}`]
        const curl = (...options: string[]) =>
          desk.pcscd.run(
            'env',
            ...environment,
            'curl',
            ...call,
            ...version,
            ...options,
            `${server.url}${sessionPath}`,
          )
        const { status, stdout, stderr } = await curl(...identity)
        assert.equal(status, 0, stdout + stderr)
        assert.match(stdout, /"account":"CONTOSO\\\\alice"/)
        assert.match((await curl()).stdout, /NotSignedIn/, 'and nobody without it')
      })

      test('openssl signs a certification request with it', async () => {
        const engine = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', keyOf(card)]
        const request = desk.file('request.pem')
        await desk.tool('openssl', 'req', '-new', ...engine, '-subj', '/CN=alice', '-out', request)
        const { status, stderr } = await desk.pcscd.run('openssl', 'req', '-in', request, '-noout', '-verify')
        assert.equal(status, 0)
        assert.match(stderr, /self-signature verify OK/)
      })
    })
  }
}

/** TLS 1.3 knows RSA signatures by PSS alone (RFC 8446 §4.2.3); in TLS 1.2 the client chooses the older ones. */
const withoutPss = `openssl_conf = settings
[settings]
ssl_conf = protocols
[protocols]
system_default = older
[older]
ClientSignatureAlgorithms = RSA+SHA256
`

/** openssl's own server, which takes no connection without a certificate below our root. */
async function startTlsServer(t: TestContext, card: EnrolledCard): Promise<number> {
  const port = await freePort()
  const own = ['-cert', tls.certificate, '-key', tls.key]
  const demands = ['-Verify', '3', '-verify_return_error', '-CAfile', card.root]
  const program = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-www', ...own, ...demands])
  const exited = once(program, 'exit')
  t.after(async () => {
    program.kill('SIGTERM')
    await exited
  })
  await once(program.stdout, 'data')
  return port
}
