import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { trustCertificationAuthorities } from '../../src/client/trusted-authorities.ts'
import { freePort, startServer, type TestServer } from '../testbed/server.ts'
import {
  type CertificateFiles,
  createOpensslAuthority,
  createServerCertificate,
  type OpensslAuthority,
  sidExtension,
} from './client-certificate-authority.ts'
import { assertRefused, handshake, whoAmI } from './client-certificate-caller.ts'
import { type RevocationServer, startRevocationServer } from './client-certificate-revocation.ts'
import { runCardinal } from './command.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-foreign-certificate-'))
const clientUse = 'extendedKeyUsage = clientAuth'

let tls: CertificateFiles
let root: OpensslAuthority
let issuing: OpensslAuthority
let responder: CertificateFiles
let revocation: RevocationServer
let rootList: () => Promise<Buffer>
before(async () => {
  revocation = await startRevocationServer()
  tls = await createServerCertificate(folder)
  trustCertificationAuthorities(await readFile(tls.certificate, 'utf8'))
  root = await createOpensslAuthority(path.join(folder, 'root'), 'Company Root')
  rootList = once(() => root.revocationList())
  const issuingList = revocation.publish(() => rootList())
  issuing = await createOpensslAuthority(path.join(folder, 'issuing'), 'Company Issuing', {
    authority: root,
    extensions: [`crlDistributionPoints = URI:${issuingList}`],
  })
  responder = await issuing.issue('Responder', { extensions: ['extendedKeyUsage = OCSPSigning'] })
})
after(async () => {
  await revocation?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Extensions that name where word of revocation is found. */
const list = (url: string) => `crlDistributionPoints = URI:${url}`
const ocsp = (url: string) => `authorityInfoAccess = OCSP;URI:${url}`
const publishList = () => revocation.publish(() => issuing.revocationList())
const publishOcsp = (signer: () => CertificateFiles = () => responder) =>
  revocation.publish(request => issuing.answerOcsp(request, signer(), ['-ndays', '1']))
const nobody = async () => `http://127.0.0.1:${await freePort()}/`

describe('a certificate of an authority that the administrator lists', () => {
  let server: TestServer
  let sid: string
  before(async () => {
    server = await start('require', [root, issuing])
    sid = sidOf(server, 'alice')
  })
  after(() => server?.remove())

  const alices = (...extensions: readonly string[]) =>
    issuing.issue('Alice', { extensions: [clientUse, ...extensions, ...sidExtension(sid)] })
  const call = (files: CertificateFiles) => whoAmI(server, tls.certificate, files)
  const assertRefusedWith = (files: CertificateFiles, reason: string) =>
    assertRefused(server, () => call(files), reason)

  test('signs in by its security identifier, and its list is fetched once for all calls', async () => {
    const url = publishList()
    const files = await alices(list(url))
    const answers = await Promise.all([call(files), call(files), call(files)])
    for (const answer of answers) assert.deepEqual(answer, { status: 200, account: 'alice' })
    assert.deepEqual(await call(files), { status: 200, account: 'alice' })
    assert.equal(revocation.askedFor(url), 1)
  })

  test('is tried beforehand by cardinal auth test, as far as its authorities go', async () => {
    const tried = (requirement: string) =>
      runCardinal(['auth', 'test'], {
        ...server.settings,
        CARDINAL_CLIENT_CERTIFICATE_REVOCATION: requirement,
      })
    const good = await tried('require')
    assert.equal(good.code, 0, good.stdout)
    assert.match(good.stdout, /CN=Company Root +valid until \S+; a root\n/)
    assert.match(good.stdout, /CN=Company Issuing +valid until \S+; its issuer says that it is not revoked\n/)
    const wholeList = rootList
    rootList = async () => Buffer.from('no list')
    try {
      const unknown = await tried('require')
      assert.equal(unknown.code, 1)
      assert.match(unknown.stdout, /CN=Company Issuing +valid until \S+; revocation-unknown\n/)
      assert.match(unknown.stdout, /What is wrong\n +The certificate of CN=Company Issuing may be revoked: /)
      assert.equal((await tried('prefer')).code, 0)
      assert.match((await tried('off')).stdout, /CN=Company Issuing .*its revocation is not asked about\n/)
    } finally {
      rootList = wholeList
    }
  })

  for (const version of ['tls1_2', 'tls1_3']) {
    test(`signs in over ${version}, and in a session that is resumed`, async () => {
      const files = await alices(list(publishList()))
      const session = path.join(folder, version)
      assert.equal((await handshake(server, files, `-${version}`, '-sess_out', session)).account, 'alice')
      const resumed = await handshake(server, null, `-${version}`, '-sess_in', session)
      assert.match(resumed.printed, /^Reused, /m)
      assert.equal(resumed.account, 'alice')
    })
  }

  test('is refused once its list names it', async () => {
    const files = await alices(list(publishList()))
    await issuing.revoke(files)
    await assertRefusedWith(files, 'revoked-certificate')
  })

  test('signs in where the OCSP responder says that it is good', async () => {
    const url = publishOcsp()
    const files = await alices(ocsp(url))
    assert.deepEqual(await call(files), { status: 200, account: 'alice' })
    assert.deepEqual(await call(files), { status: 200, account: 'alice' })
    assert.equal(revocation.askedFor(url), 1)
  })

  test('signs in where its issuer itself answers', async () => {
    const files = await alices(ocsp(publishOcsp(() => issuing)))
    assert.deepEqual(await call(files), { status: 200, account: 'alice' })
  })

  test('is refused where the OCSP responder says that it is revoked', async () => {
    const files = await alices(ocsp(publishOcsp()))
    await issuing.revoke(files)
    await assertRefusedWith(files, 'revoked-certificate')
  })

  test('is looked up in the list where the responder is down', async () => {
    const files = await alices(ocsp(await nobody()), list(publishList()))
    assert.deepEqual(await call(files), { status: 200, account: 'alice' })
  })

  test('is refused where nobody says that it is good', async () => {
    const foreignResponder = await root.issue('Responder', { extensions: ['extendedKeyUsage = OCSPSigning'] })
    const noResponder = await issuing.issue('Responder', { extensions: [clientUse] })
    const unusable: readonly [what: string, extensions: readonly string[]][] = [
      ['no address', []],
      ['a responder that is down', [ocsp(await nobody())]],
      ['a list that is not there', [list(revocation.publish(async () => 404))]],
      ['a redirection to a list', [list(revocation.publish(async () => 302))]],
      ['an address without http', [list('ldap://127.0.0.1/cn=list')]],
      ['what is no list', [list(revocation.publish(async () => Buffer.from('<html>')))]],
      ['a list of another authority', [list(revocation.publish(() => root.revocationList()))]],
      ['a responder of another authority', [ocsp(publishOcsp(() => foreignResponder))]],
      ['a certificate that is no responder', [ocsp(publishOcsp(() => noResponder))]],
    ]
    for (const [what, extensions] of unusable) {
      const files = await alices(...extensions)
      await test(what, () => assertRefusedWith(files, 'revocation-unknown'))
    }
  })

  test('is refused outside of its validity', async () => {
    const extensions = [clientUse, list(publishList()), ...sidExtension(sid)]
    const issueFor = (from: string, to: string) =>
      issuing.issue('Alice', { extensions, validity: [from, to] })
    await assertRefusedWith(await issueFor('20200101000000Z', '20210101000000Z'), 'expired-certificate')
    await assertRefusedWith(await issueFor('20480101000000Z', '20490101000000Z'), 'not-yet-valid-certificate')
  })

  test('is refused where it is not for signing in', async () => {
    const withUse = (...uses: readonly string[]) =>
      issuing.issue('Alice', { extensions: [...uses, list(publishList()), ...sidExtension(sid)] })
    await assertRefusedWith(await withUse('extendedKeyUsage = serverAuth'), 'wrong-purpose')
    await assertRefusedWith(await withUse(clientUse, 'keyUsage = critical, keyEncipherment'), 'wrong-purpose')
  })

  test('is refused where its security identifier is nobody’s, or it has none', async () => {
    const extensions = [clientUse, list(publishList())]
    // Below 1000 nobody is drawn; a digit more would at times be no security identifier any more.
    const nobodys = sid.replace(/[0-9]+$/, '999')
    const stranger = await issuing.issue('Alice', { extensions: [...extensions, ...sidExtension(nobodys)] })
    await assertRefusedWith(stranger, 'unknown-user')
    const upn = 'subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@contoso.com'
    await assertRefusedWith(await issuing.issue('Alice', { extensions: [...extensions, upn] }), 'no-mapping')
  })

  test('is refused where its security identifier is malformed', async () => {
    const garbage = '1.3.6.1.4.1.311.25.2 = DER:04:03:61:62:63'
    const files = await issuing.issue('Alice', { extensions: [clientUse, list(publishList()), garbage] })
    await assertRefusedWith(files, 'unreadable-certificate')
  })

  test('is refused where its key is of a kind that is not read', async () => {
    const keys = [
      ['-newkey', 'ed25519', '-nodes'],
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-nodes'],
    ]
    const extensions = [clientUse, list(publishList()), ...sidExtension(sid)]
    for (const newKey of keys) {
      await assertRefusedWith(await issuing.issue('Alice', { extensions, newKey }), 'unreadable-certificate')
    }
    const rsa = ['-newkey', 'rsa:2048', '-nodes']
    assert.equal((await call(await issuing.issue('Alice', { extensions, newKey: rsa }))).account, 'alice')
  })

  test('is refused where it was issued by one between who is not listed', async () => {
    const between = await createOpensslAuthority(path.join(folder, 'between'), 'Between', {
      authority: issuing,
      extensions: [list(publishList())],
    })
    const files = await between.issue('Alice', { extensions: [clientUse, ...sidExtension(sid)] })
    const call = () => handshake(server, files, '-cert_chain', between.certificate)
    await assertRefused(server, call, 'unlisted-issuer')
  })

  test('is refused where its authority only bears the name of one that is listed', async () => {
    const stranger = await createOpensslAuthority(path.join(folder, 'stranger'), 'Company Issuing')
    const files = await stranger.issue('Alice', { extensions: [clientUse, ...sidExtension(sid)] })
    await assertRefused(server, () => call(files), /^(untrusted-issuer|invalid-chain)$/)
  })
})

test('a certificate is refused where its issuer was revoked', async () => {
  const url = revocation.publish(() => root.revocationList())
  const lost = await createOpensslAuthority(path.join(folder, 'lost'), 'Lost Issuing', {
    authority: root,
    extensions: [list(url)],
  })
  await root.revoke(lost)
  const server = await start('require', [root, lost])
  try {
    const word = list(revocation.publish(() => lost.revocationList()))
    const extensions = [clientUse, word, ...sidExtension(sidOf(server, 'alice'))]
    const files = await lost.issue('Alice', { extensions })
    await assertRefused(server, () => whoAmI(server, tls.certificate, files), 'revoked-certificate')
  } finally {
    await server.remove()
  }
})

describe('where revocation is asked about but not required, and names are believed', () => {
  let server: TestServer
  let byThumbprint: CertificateFiles
  before(async () => {
    byThumbprint = await issuing.issue('Somebody')
    const { fingerprint256 } = new X509Certificate(await readFile(byThumbprint.certificate))
    const thumbprints = path.join(folder, 'thumbprints.json')
    await writeFile(thumbprints, JSON.stringify({ [fingerprint256]: 'CONTOSO\\heidi' }))
    server = await start('prefer', [root, issuing], {
      CARDINAL_CLIENT_CERTIFICATE_MAPPING: 'security-identifier,user-principal-name,mail,thumbprint',
      CARDINAL_CLIENT_CERTIFICATE_THUMBPRINTS_FILE: thumbprints,
    })
  })
  after(() => server?.remove())

  const upn = (name: string) => `otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${name}`
  const named = (names: string, ...others: readonly string[]) =>
    issuing.issue('Somebody', { extensions: [clientUse, `subjectAltName = ${names}`, ...others] })
  const call = (files: CertificateFiles) => whoAmI(server, tls.certificate, files)
  const assertRefusedWith = (files: CertificateFiles, reason: string) =>
    assertRefused(server, () => call(files), reason)

  test('signs in by principal name, mail address and thumbprint', async () => {
    assert.equal((await call(await named(upn('Alice@contoso.com')))).account, 'alice')
    assert.equal((await call(await named('email:bob@contoso.com'))).account, 'bob')
    assert.equal((await call(byThumbprint)).account, 'heidi')
  })

  test('signs in where the responder is down, and refuses what is known to be revoked', async () => {
    assert.equal((await call(await named(upn('alice@contoso.com'), ocsp(await nobody())))).account, 'alice')
    const lost = await named(upn('alice@contoso.com'), list(publishList()))
    await issuing.revoke(lost)
    await assertRefusedWith(lost, 'revoked-certificate')
  })

  test('refuses names of several users', async () => {
    const both = `${upn('alice@contoso.com')},${upn('bob@contoso.com')}`
    await assertRefusedWith(await named(both), 'ambiguous-mapping')
  })

  test('takes no account name for a principal name or a mail address', async () => {
    await assertRefusedWith(await named(upn('alice')), 'unknown-user')
    await assertRefusedWith(await named(upn('CONTOSO\\\\alice')), 'unknown-user')
    await assertRefusedWith(await named('email:alice'), 'unknown-user')
  })

  test('goes by the name of nobody where the security identifier is nobody’s', async () => {
    const files = await named(upn('alice@contoso.com'), ...sidExtension('S-1-5-21-1-2-3-4'))
    await assertRefusedWith(files, 'unknown-user')
  })
})

describe('does not start', () => {
  const startWith = async (name: string, content: string, setting = 'AUTHORITIES') => {
    const file = path.join(folder, name)
    await writeFile(file, content)
    return await runCardinal(['serve'], {
      CARDINAL_DATA_DIR: path.join(folder, 'data'),
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
      CARDINAL_TLS_CERTIFICATE_FILE: tls.certificate,
      CARDINAL_TLS_KEY_FILE: tls.key,
      [`CARDINAL_CLIENT_CERTIFICATE_${setting}_FILE`]: file,
      ...(setting === 'THUMBPRINTS' && { CARDINAL_CLIENT_CERTIFICATE_MAPPING: 'thumbprint' }),
    })
  }

  test('with an authority whose root is not listed', async () => {
    const { code, stderr } = await startWith('rootless.pem', await readFile(issuing.certificate, 'utf8'))
    assert.notEqual(code, 0)
    assert.match(stderr, /rootless\.pem is unusable: add the certificate of “CN=Company Root”/)
  })

  test('with a file that holds no authority', async () => {
    const { code, stderr } = await startWith('empty.pem', 'nothing\n')
    assert.notEqual(code, 0)
    assert.match(stderr, /empty\.pem is unusable: it holds no certificate/)
  })

  test('with thumbprints that are none', async () => {
    const { code, stderr } = await startWith('short.json', '{"ab":"alice"}', 'THUMBPRINTS')
    assert.notEqual(code, 0)
    assert.match(stderr, /short\.json is unusable: “ab” is no SHA-256 thumbprint/)
  })
})

async function start(
  requirement: string,
  authorities: readonly OpensslAuthority[],
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const pems = await Promise.all(authorities.map(({ certificate }) => readFile(certificate, 'utf8')))
  const file = path.join(mkdtempSync(path.join(folder, 'server-')), 'authorities.pem')
  await writeFile(file, pems.join('\n'))
  return await startServer({
    settings: {
      CARDINAL_TLS_CERTIFICATE_FILE: tls.certificate,
      CARDINAL_TLS_KEY_FILE: tls.key,
      CARDINAL_CLIENT_CERTIFICATE_AUTHORITIES_FILE: file,
      CARDINAL_CLIENT_CERTIFICATE_REVOCATION: requirement,
      ...settings,
    },
  })
}

function sidOf(server: TestServer, accountName: string): string {
  const database = new DatabaseSync(path.join(server.dataDir, 'cardinal.sqlite'), { readOnly: true })
  const [sid] = Object.values(
    database.prepare('select sid from users where account_name = ?').get(accountName) ?? {},
  )
  database.close()
  assert.ok(typeof sid === 'string')
  return sid
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null
  return () => {
    made ??= make()
    return made
  }
}
