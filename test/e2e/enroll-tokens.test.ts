import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { startServer, type TestServer } from '../testbed/server.ts'
import { newWorkstation, type Workstation } from './enroll-client.ts'

const template = ['--template', 'FIM CM Sample Profile Template']
const module = '/usr/lib/softhsm/libsofthsm2.so'

/** The commands of docs/enrollment.md for keys that other programs keep. */
describe('a key that another program keeps', () => {
  let server: TestServer
  let station: Workstation
  before(async () => {
    server = await startServer()
    station = await newWorkstation(server, 'alice')
  })
  after(async () => {
    await station?.remove()
    await server?.remove()
  })

  function run(program: string, args: readonly string[], environment: Record<string, string> = {}): string {
    const { PATH = '' } = process.env
    const env = { PATH, HOME: station.folder, ...environment }
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: station.folder,
      env,
      encoding: 'utf8',
    })
    assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  async function enroll(): Promise<void> {
    const files = ['--csr', 'request.pem', '--certificate', 'chain.pem']
    const { code, stderr } = await station.cardinal('enroll', ...station.signIn, ...template, ...files)
    assert.equal(code, 0, stderr)
    // The first certificate of the chain is ours.
    run('openssl', ['x509', '-in', 'chain.pem', '-out', 'certificate.pem'])
  }

  test('in a PKCS#11 token signs, and its certificate lies beside it', async () => {
    await mkdir(station.file('tokens'))
    await writeFile(station.file('softhsm2.conf'), `directories.tokendir = ${station.file('tokens')}\n`)
    await writeFile(station.file('token-pin'), '123456')
    const environment = {
      SOFTHSM2_CONF: station.file('softhsm2.conf'),
      PKCS11_MODULE_PATH: module,
      TOKEN_PIN: '123456',
    }
    const token = (...args: readonly string[]) =>
      run('pkcs11-tool', ['--module', module, ...args], environment)
    const login = ['--login', '--pin', 'env:TOKEN_PIN'] as const
    const initial = ['--init-token', '--free', '--label', 'alice', '--so-pin', '12345678', '--pin', '123456']
    run('softhsm2-util', initial, environment)
    token(...login, '--keypairgen', '--key-type', 'rsa:2048', '--id', '01', '--label', 'vpn')
    const key = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', 'pkcs11:object=vpn;type=private']
    const request = ['-subj', '/CN=alice', '-out', 'request.pem']
    run('openssl', ['req', '-new', ...key, '-passin', 'file:token-pin', ...request], environment)
    await enroll()
    run('openssl', ['x509', '-in', 'certificate.pem', '-outform', 'DER', '-out', 'certificate.der'])
    token(...login, '--write-object', 'certificate.der', '--type', 'cert', '--id', '01', '--label', 'vpn')

    await writeFile(station.file('data'), 'sign me')
    const sign = ['--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', '01']
    token(...login, ...sign, '--input-file', 'data', '--output-file', 'signature')
    token('--read-object', '--type', 'cert', '--id', '01', '--output-file', 'read.der')
    run('openssl', ['x509', '-in', 'read.der', '-inform', 'DER', '-noout', '-pubkey', '-out', 'key.pem'])
    run('openssl', ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature', 'data'])
  })

  test('in an NSS database is the user’s own once its certificate is there', async () => {
    const nss = (...args: readonly string[]) => run('certutil', [...args, '-d', 'sql:nss'])
    await mkdir(station.file('nss'))
    await writeFile(station.file('noise'), 'not random, but this key protects nothing')
    nss('-N', '--empty-password')
    nss('-R', '-s', 'CN=alice', '-a', '-o', 'request.pem', '-z', 'noise')
    await enroll()
    nss('-A', '-n', 'vpn', '-t', ',,', '-i', 'certificate.pem')
    assert.match(nss('-L'), /vpn\s+u,u,u/)
  })
})
