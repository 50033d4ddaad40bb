import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fillProfile } from '../../../src/client/enrollment/fill-profile.ts'
import { CardinalApiError } from '../../../src/client/library/cardinal-api-error.ts'
import { pemTarget, pkcs12Target, requestFileTarget } from '../../../src/client/software/software-targets.ts'
import { description } from '../contract-client.ts'
import { newKeeper, runOf, softwareTemplate, noWords as words } from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'

const bench = await startBench({ after })
const alice = bench.clientOf('alice')
const password = 'correct horse: ä'
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: softwareTemplate })

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-software-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

function pemFiles(folder: string) {
  return { key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') }
}

test('puts key and chain into PEM files, the key for its owner alone', async t => {
  const files = pemFiles(await folderOf(t))
  await fillProfile(runOf(alice, enrollment()), pemTarget(files, description), words)
  const chain = await readFile(files.certificate, 'utf8')
  assert.equal(chain.match(/BEGIN CERTIFICATE/g)?.length, 3)
  const key = createPrivateKey(await readFile(files.key, 'utf8'))
  assert.ok(new X509Certificate(chain).checkPrivateKey(key))
  assert.equal((await stat(files.key)).mode & 0o777, 0o600)
})

test('makes a PKCS#12 file that OpenSSL opens by its password and by no other', async t => {
  const folder = await folderOf(t)
  const file = join(folder, 'alice.p12')
  const run = runOf(alice, enrollment())
  await fillProfile(run, pkcs12Target(file, password, description, randomBytes), words)
  assert.deepEqual(await readdir(folder), ['alice.p12'])
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const opened = openssl('pkcs12', '-in', file, '-passin', `pass:${password}`, '-noenc')
  assert.equal(opened.match(/BEGIN CERTIFICATE/g)?.length, 3)
  assert.match(opened, /friendlyName: alice/)
  const [key] = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(opened) ?? []
  const [leaf] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(opened) ?? []
  assert.ok(new X509Certificate(leaf ?? '').checkPrivateKey(createPrivateKey(key ?? '')))
  const refused = spawnSync('openssl', ['pkcs12', '-in', file, '-passin', 'pass:wrong', '-noout'])
  assert.notEqual(refused.status, 0)
})

test('makes a PKCS#12 file that GnuTLS and NSS take', async t => {
  const folder = await folderOf(t)
  const file = join(folder, 'alice.p12')
  const plain = 'correct horse'
  await fillProfile(runOf(alice, enrollment()), pkcs12Target(file, plain, description, randomBytes), words)
  const gnutls = spawnSync('certtool', ['--p12-info', '--inder', '--password', plain, '--infile', file], {
    encoding: 'utf8',
  })
  assert.equal(gnutls.status, 0, gnutls.stderr)
  assert.match(gnutls.stdout, /BEGIN ENCRYPTED PRIVATE KEY|BEGIN PRIVATE KEY/)
  const nss = (program: string, ...args: readonly string[]) => {
    const result = spawnSync(program, [...args, '-d', `sql:${folder}`], { encoding: 'utf8' })
    assert.equal(result.status, 0, `${program}: ${result.stderr}${result.stdout}`)
    return result.stdout
  }
  nss('certutil', '-N', '--empty-password')
  nss('pk12util', '-i', file, '-W', plain, '-K', '')
  assert.match(nss('certutil', '-K'), /rsa|ec/i)
  assert.match(nss('certutil', '-L'), /alice\s+u,u,u/)
})

test('gets a certificate for a certification request that OpenSSL made, whose key it never sees', async t => {
  const folder = await folderOf(t)
  const [key, request, certificate] = ['key', 'csr', 'crt'].map(name => join(folder, name))
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', key ?? '']
  openssl('req', '-new', ...newKey, '-subj', '/CN=whatever', '-out', request ?? '')
  const files = { request: request ?? '', certificate: certificate ?? '' }
  await fillProfile(runOf(alice, enrollment()), requestFileTarget(files), words)
  const issued = new X509Certificate(await readFile(files.certificate))
  assert.ok(issued.checkPrivateKey(createPrivateKey(await readFile(key ?? ''))))
  assert.match(issued.subject, /Alice Adams/)
})

test('refuses a file that holds no certification request, by its name', async t => {
  const request = join(await folderOf(t), 'nothing')
  spawnSync('sh', ['-c', `echo nonsense > ${request}`])
  const target = requestFileTarget({ request, certificate: `${request}.crt` })
  await assert.rejects(fillProfile(runOf(alice, enrollment()), target, words), {
    code: 'unsupported-options',
    message: /nothing holds no certification request/,
  })
})

for (const fault of ['lost', 'unanswered'] as const) {
  test(`goes on with the same key after the network was gone at whichever call (${fault})`, async t => {
    for (let at = 0; ; at++) {
      const files = pemFiles(await folderOf(t))
      const keeper = enrollment()
      const client = bench.clientOf('alice', call => (call === at ? fault : 'none'))
      const isInterrupted = await fillProfile(
        runOf(client, keeper),
        pemTarget(files, description),
        words,
      ).then(
        () => false,
        error => {
          assert.ok(error instanceof CardinalApiError && error.kind === 'unreachable', String(error))
          return true
        },
      )
      if (!isInterrupted) {
        assert.ok(at > 5, `only ${at} calls`)
        return
      }
      const key = await readFile(files.key, 'utf8').catch(() => null)
      await fillProfile(runOf(alice, keeper), pemTarget(files, description), words)
      if (key !== null) assert.equal(await readFile(files.key, 'utf8'), key)
      const issued = new X509Certificate(await readFile(files.certificate))
      assert.ok(issued.checkPrivateKey(createPrivateKey(await readFile(files.key))))
    }
  })
}

test('says so where an interrupted PKCS#12 file is gone on with under another password', async t => {
  const file = join(await folderOf(t), 'alice.p12')
  const keeper = enrollment()
  const interrupted = bench.clientOf('alice', call => (call === 5 ? 'unanswered' : 'none'))
  const target = (word: string) => pkcs12Target(file, word, description, randomBytes)
  await assert.rejects(fillProfile(runOf(interrupted, keeper), target(password), words), {
    kind: 'unreachable',
  })
  assert.match(await readFile(`${file}.key`, 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/)
  await assert.rejects(fillProfile(runOf(alice, keeper), target('another one'), words), {
    message: /made under another password/,
  })
  await fillProfile(runOf(alice, keeper), target(password), words)
  openssl('pkcs12', '-in', file, '-passin', `pass:${password}`, '-noout')
})
