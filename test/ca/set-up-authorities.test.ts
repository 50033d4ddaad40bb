import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { createVault, VaultError } from '../../src/ca/vault.ts'
import { SigningError } from '../../src/ca/verifying-signer.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { LintError } from '../../src/x509/lint.ts'
import { formatName } from '../../src/x509/names/distinguished-name.ts'
import { day, newAuthorities, now, randomness, setUp, vault } from './authority.ts'
import { FakeStore } from './fake-store.ts'
import { pem, run } from './openssl.ts'

const wholeSeconds = (milliseconds: number) => new Date(Math.floor(milliseconds / 1000) * 1000)

describe('set-up of the certification authorities', () => {
  test('creates a root and an issuing authority at the first start, with audit records and serial numbers', async () => {
    const { store, root, issuing, created } = await newAuthorities()
    assert.equal(created, true)
    assert.deepEqual(
      store.rows.certificationAuthorities.map(({ uuid, kind, name }) => ({ uuid, kind, name })),
      [
        { uuid: root.uuid, kind: 'root', name: 'Contoso Root CA' },
        { uuid: issuing.uuid, kind: 'issuing', name: 'Contoso Issuing CA' },
      ],
    )
    assert.deepEqual(store.rows.serialNumbers, [
      `${root.uuid} ${root.certificate.serialNumberHex}`,
      `${root.uuid} ${issuing.certificate.serialNumberHex}`,
    ])
    const audit = {
      at: now,
      action: 'certification-authority-created',
      actorUuid: null,
      requestUuid: null,
      correlationId: null,
    }
    assert.deepEqual(store.rows.audits, [
      {
        ...audit,
        subject: root.uuid,
        facts: {
          kind: 'root',
          name: 'Contoso Root CA',
          keyAlgorithm: 'EC-P256',
          serialNumber: root.certificate.serialNumberHex,
        },
      },
      {
        ...audit,
        subject: issuing.uuid,
        facts: {
          kind: 'issuing',
          name: 'Contoso Issuing CA',
          keyAlgorithm: 'EC-P256',
          serialNumber: issuing.certificate.serialNumberHex,
        },
      },
    ])
  })

  test('names the authorities after the organisation, and the issuer by host and common name', async () => {
    const { root, issuing } = await newAuthorities()
    assert.equal(formatName(root.certificate.subjectName), 'CN=Contoso Root CA,O=Contoso')
    assert.equal(formatName(root.certificate.issuerName), 'CN=Contoso Root CA,O=Contoso')
    assert.equal(formatName(issuing.certificate.subjectName), 'CN=Contoso Issuing CA,O=Contoso')
    assert.equal(formatName(issuing.certificate.issuerName), 'CN=Contoso Root CA,O=Contoso')
    assert.equal(root.issuerName, 'ca1.contoso.com\\Contoso Root CA')
    assert.equal(issuing.issuerName, 'ca1.contoso.com\\Contoso Issuing CA')
  })

  test('takes other names from the settings', async () => {
    const store = new FakeStore()
    const names = { rootName: 'Wurzel', issuingName: 'Zürich 1' }
    const { root, issuing } = await setUp(store, names)
    assert.equal(formatName(root.certificate.subjectName), 'CN=Wurzel,O=Contoso')
    assert.equal(formatName(issuing.certificate.subjectName), 'CN=Zürich 1,O=Contoso')
    assert.equal(issuing.issuerName, 'ca1.contoso.com\\Zürich 1')
  })

  test('makes them valid from an hour ago for their lifetimes', async () => {
    const { root, issuing } = await newAuthorities({ rootLifetimeDays: 100, issuingLifetimeDays: 50 })
    assert.deepEqual(root.certificate.notBefore, wholeSeconds(now.getTime() - 3_600_000))
    assert.deepEqual(root.certificate.notAfter, wholeSeconds(now.getTime() + 100 * day))
    assert.deepEqual(issuing.certificate.notBefore, root.certificate.notBefore)
    assert.deepEqual(issuing.certificate.notAfter, wholeSeconds(now.getTime() + 50 * day))
  })

  test('refuses an issuing authority that outlives its root, and keeps nothing', async () => {
    const store = new FakeStore()
    await assert.rejects(setUp(store, { rootLifetimeDays: 50, issuingLifetimeDays: 51 }), LintError)
    assert.deepEqual(store.rows, new FakeStore().rows)
  })

  test('gives serial numbers of 16 bytes, positive and all different', async () => {
    const serials = new Set<string>()
    for (let round = 0; round < 10; round++) {
      const { root, issuing } = await newAuthorities()
      for (const { serialNumber, serialNumberHex } of [root.certificate, issuing.certificate]) {
        assert.equal(serialNumber.length, 16)
        assert.ok((serialNumber[0] ?? 0) < 0x80)
        serials.add(serialNumberHex)
      }
    }
    assert.equal(serials.size, 20)
  })

  test('writes certificates as openssl reads them', async () => {
    const { root, issuing } = await newAuthorities()
    const describeCertificate = (der: Uint8Array) =>
      run('openssl', 'x509 -in certificate.pem -noout -text', { 'certificate.pem': pem('CERTIFICATE', der) })
        .output
    const rootText = describeCertificate(root.certificate.der)
    assert.match(rootText, /Basic Constraints: critical\s+CA:TRUE, pathlen:1/)
    assert.match(rootText, /Key Usage: critical\s+Certificate Sign, CRL Sign\n/)
    assert.match(rootText, /Subject Key Identifier:/)
    assert.doesNotMatch(rootText, /CRL Distribution Points|Authority Information Access/)

    const issuingText = describeCertificate(issuing.certificate.der)
    assert.match(issuingText, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    assert.match(issuingText, /Key Usage: critical\s+Digital Signature, Certificate Sign, CRL Sign\n/)
    assert.match(issuingText, /Subject Key Identifier:/)
    assert.match(issuingText, /Authority Key Identifier:/)
    assert.ok(issuingText.includes(`CA Issuers - URI:http://pki.contoso.com/pki/${root.uuid}.cer`))
    assert.ok(issuingText.includes(`URI:http://pki.contoso.com/pki/${root.uuid}.crl`))
    assert.doesNotMatch(issuingText, /OCSP/)
  })

  for (const keyAlgorithm of ['RSA-2048', 'EC-P256', 'EC-P384'] as const) {
    test(`makes a chain of ${keyAlgorithm} keys that openssl and gnutls accept`, async () => {
      const { root, issuing } = await newAuthorities({ keyAlgorithm })
      const files = {
        'root.pem': pem('CERTIFICATE', root.certificate.der),
        'issuing.pem': pem('CERTIFICATE', issuing.certificate.der),
      }
      const verified = run('openssl', 'verify -x509_strict -check_ss_sig -CAfile root.pem issuing.pem', files)
      assert.deepEqual(verified, { status: 0, output: 'issuing.pem: OK\n' })
      const read = run('certtool', '--verify --load-ca-certificate root.pem --infile issuing.pem', files)
      assert.match(read.output, /Chain verification output: Verified/)
      assert.equal(read.status, 0)
    })
  }

  test('opens the same authorities at every later start and writes nothing', async () => {
    const { store, root, issuing } = await newAuthorities()
    const rows = store.rows
    const again = await setUp(store)
    assert.equal(again.created, false)
    assert.equal(store.rows, rows)
    assert.deepEqual(again.root.certificate.der, root.certificate.der)
    assert.deepEqual(again.issuing.certificate.der, issuing.certificate.der)
    assert.deepEqual(again.issuing.chain, [issuing.certificate.der, root.certificate.der])
    assert.deepEqual(again.root.chain, [root.certificate.der])
  })

  test('ends with the same pair for processes that start at once; one of them created it', async () => {
    const store = new FakeStore()
    const all = await Promise.all(Array.from({ length: 5 }, () => setUp(store)))
    assert.equal(new Set(all.map(({ root }) => root.certificate.serialNumberHex)).size, 1)
    assert.equal(new Set(all.map(({ issuing }) => issuing.certificate.serialNumberHex)).size, 1)
    assert.equal(all.filter(({ created }) => created).length, 1)
    assert.equal(store.rows.certificationAuthorities.length, 2)
    assert.equal(store.rows.audits.length, 2)
  })

  test('keeps all of both or nothing, wherever the server dies, and the next start succeeds', async () => {
    const steps: string[] = []
    const watched = new FakeStore()
    watched.beforeStep = step => steps.push(step)
    await setUp(watched)
    assert.equal(steps.length, 7)

    for (const deadly of steps.keys()) {
      const store = new FakeStore()
      let count = 0
      store.beforeStep = step => {
        if (count++ === deadly) throw new Error(`killed before ${step}`)
      }
      await assert.rejects(setUp(store), /killed before/)
      assert.deepEqual(store.rows, new FakeStore().rows)
      store.beforeStep = () => {}
      assert.equal((await setUp(store)).created, true)
    }
  })

  test('keeps private keys as PKCS#8, sealed for their authority', async () => {
    const { store } = await newAuthorities()
    for (const { uuid, certificate, sealedPrivateKey } of store.rows.certificationAuthorities) {
      const pkcs8 = vault.open(`private key of certification authority ${uuid}`, sealedPrivateKey)
      const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
      assert.deepEqual(
        Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' })),
        Uint8Array.from(decodeCertificate(certificate).subjectPublicKeyInfo.der),
      )
    }
  })

  test('does not open under another key, and says which and what to do', async () => {
    const { store, root } = await newAuthorities()
    const other = createVault(randomBytes(32), randomness.bytes)
    await assert.rejects(setUp(store, {}, other), (error: unknown) => {
      assert(error instanceof VaultError)
      assert.ok(error.message.includes(`private key of certification authority ${root.uuid}`))
      assert.match(error.message, /key file or passphrase does not fit this database/)
      return true
    })
  })

  test('does not open with keys or certificates swapped in the database', async () => {
    const { store } = await newAuthorities()
    const stranger = await newAuthorities()
    const [root, issuing] = store.rows.certificationAuthorities
    const [strangeRoot, strangeIssuing] = stranger.store.rows.certificationAuthorities
    assert(root && issuing && strangeRoot && strangeIssuing)
    const swaps: [typeof root, typeof issuing, new (...of: never[]) => Error][] = [
      [{ ...root, sealedPrivateKey: issuing.sealedPrivateKey }, issuing, VaultError],
      [{ ...root, certificate: strangeRoot.certificate }, issuing, SigningError],
      [root, strangeIssuing, SigningError],
      [strangeRoot, { ...strangeIssuing, uuid: issuing.uuid }, VaultError],
    ]
    for (const [swappedRoot, swappedIssuing, expected] of swaps) {
      store.rows = { ...store.rows, certificationAuthorities: [swappedRoot, swappedIssuing] }
      await assert.rejects(setUp(store), expected)
    }
  })

  test('does not open half a pair', async () => {
    const { store } = await newAuthorities()
    const [root, issuing] = store.rows.certificationAuthorities
    assert(root && issuing)
    for (const certificationAuthorities of [[root], [issuing], [root, issuing, issuing]]) {
      store.rows = { ...store.rows, certificationAuthorities }
      await assert.rejects(setUp(store), /The database holds [02] (root|issuing) certification authorities/)
    }
  })

  test('shows no private key to whoever prints what it returns or stored', async () => {
    const { store, root, issuing } = await newAuthorities()
    for (const { uuid, sealedPrivateKey } of store.rows.certificationAuthorities) {
      const pkcs8 = vault.open(`private key of certification authority ${uuid}`, sealedPrivateKey)
      // The private value of a P-256 key: RFC 5915 puts it at 36 of the PKCS#8.
      const secret = pkcs8.subarray(36, 68)
      const hex = Buffer.from(secret).toString('hex')
      const decimals = secret.subarray(0, 8).join(', ')
      const printed = [store, store.rows, root, issuing].map(value =>
        inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, breakLength: Infinity }),
      )
      const written = [store.rows, root, issuing].map(value => JSON.stringify(value))
      for (const text of [...printed, ...written]) {
        assert.ok(!text.replaceAll(' ', '').includes(hex.slice(0, 16)))
        assert.ok(!text.includes(decimals))
        assert.doesNotMatch(text, /PrivateKeyObject/)
      }
    }
  })
})
