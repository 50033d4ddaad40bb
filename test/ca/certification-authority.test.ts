import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCertificationAuthority } from '../../src/ca/certification-authority.ts'
import { generateKeyPair } from '../../src/ca/key-pair.ts'
import type { Signer } from '../../src/ca/signer.ts'
import { SoftwareSigner } from '../../src/ca/software-signer.ts'
import { SigningError } from '../../src/ca/verifying-signer.ts'
import { revocationReasons } from '../../src/domain/policy.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { decodeCmcFullResponse, verifyCmcFullResponse } from '../../src/x509/cmc/cmc-response.ts'
import { findExtension } from '../../src/x509/extension.ts'
import { decodeSubjectKeyIdentifier } from '../../src/x509/extensions/subject-key-identifier.ts'
import { LintError, lintTbsCertificate } from '../../src/x509/lint.ts'
import { formatName } from '../../src/x509/names/distinguished-name.ts'
import { objectIdentifiers } from '../../src/x509/object-identifier.ts'
import { clock, day, leaf, newAuthorities, now, vault } from './authority.ts'
import { pem, run } from './openssl.ts'

const { store, root, issuing } = await newAuthorities()

/** The issuing authority with its own key, whose signatures go through `tamper`. */
function authorityWith(tamper: (signer: Signer, bytes: Uint8Array) => Promise<Uint8Array>) {
  const [rootRecord, record] = store.rows.certificationAuthorities
  assert(rootRecord && record)
  const genuine = SoftwareSigner.fromPkcs8(
    vault.open(`private key of certification authority ${record.uuid}`, record.sealedPrivateKey),
  )
  const signer: Signer = {
    subjectPublicKeyInfo: genuine.subjectPublicKeyInfo,
    signatureAlgorithm: genuine.signatureAlgorithm,
    sign: bytes => tamper(genuine, bytes),
  }
  const url = 'https://pki.example/certificates/'
  return createCertificationAuthority({ record, root: rootRecord, signer, clock, host: 'ca', publicUrl: url })
}

function files(certificate: Uint8Array) {
  return {
    'root.pem': pem('CERTIFICATE', root.certificate.der),
    'issuing.pem': pem('CERTIFICATE', issuing.certificate.der),
    'leaf.pem': pem('CERTIFICATE', certificate),
  }
}

describe('preparing a certificate', () => {
  test('adds the issuer, its key identifier, and where its revocation list and certificate are found', () => {
    const content = leaf()
    const { decoded } = issuing.prepare(content)
    assert.deepEqual(decoded.serialNumber, content.serialNumber)
    assert.equal(formatName(decoded.subjectName), 'CN=Alice,OU=Users,DC=contoso,DC=com')
    assert.equal(formatName(decoded.issuerName), 'CN=Contoso Issuing CA,O=Contoso')
    assert.equal(decoded.signatureAlgorithm, 'ecdsa-with-SHA256')
    assert.deepEqual(decoded.subjectPublicKeyInfo.der, content.subjectPublicKeyInfo)
    assert.equal(decoded.notAfter.getTime(), Math.floor((now.getTime() + 365 * day) / 1000) * 1000)
    assert.deepEqual(
      decoded.extensions.map(({ oid }) => oid),
      [
        ...content.extensions.map(({ oid }) => oid),
        objectIdentifiers.authorityKeyIdentifier,
        objectIdentifiers.crlDistributionPoints,
        objectIdentifiers.authorityInformationAccess,
      ],
    )
  })

  test('writes the addresses under the public URL, whether it ends in a slash or not', async () => {
    const authority = authorityWith((signer, bytes) => signer.sign(bytes))
    const { output } = run(
      'openssl',
      'x509 -in leaf.pem -noout -text',
      files(await authority.sign(authority.prepare(leaf()))),
    )
    assert.ok(output.includes(`URI:https://pki.example/certificates/pki/${issuing.uuid}.crl\n`))
    assert.ok(output.includes(`CA Issuers - URI:https://pki.example/certificates/pki/${issuing.uuid}.cer\n`))
    assert.doesNotMatch(output, /OCSP/)
    const identifier = findExtension(issuing.certificate.extensions, objectIdentifiers.subjectKeyIdentifier)
    assert(identifier)
    const hex = Buffer.from(decodeSubjectKeyIdentifier(identifier.value)).toString('hex').toUpperCase()
    assert.ok(output.includes(`Authority Key Identifier: \n                ${hex.match(/../g)?.join(':')}`))
  })

  test('refuses what the lint refuses, such as an end after its own', () => {
    const late = leaf({ notAfter: new Date(issuing.certificate.notAfter.getTime() + 1000) })
    assert.throws(
      () => issuing.prepare(late),
      (error: unknown) => {
        assert(error instanceof LintError)
        assert.deepEqual(
          error.findings.map(({ id }) => id),
          ['validity-within-issuer'],
        )
        return true
      },
    )
    issuing.prepare(leaf({ notAfter: issuing.certificate.notAfter }))
  })

  test('refuses content that brings an extension of the issuer’s', () => {
    const [{ extensions }] = [issuing.prepare(leaf()).decoded]
    assert.throws(() => issuing.prepare(leaf({ extensions })), LintError)
  })
})

describe('signing a certificate', () => {
  test('gives one that openssl and gnutls accept under the root', async () => {
    const certificate = await issuing.sign(issuing.prepare(leaf()))
    const verified = run(
      'openssl',
      'verify -x509_strict -purpose sslclient -CAfile root.pem -untrusted issuing.pem leaf.pem',
      files(certificate),
    )
    assert.deepEqual(verified, { status: 0, output: 'leaf.pem: OK\n' })
    const read = run('certtool', '--certificate-info --infile leaf.pem', files(certificate))
    assert.equal(read.status, 0)
    assert.match(read.output, /Subject: CN=Alice,OU=Users,DC=contoso,DC=com/)
    assert.match(read.output, /Issuer: CN=Contoso Issuing CA,O=Contoso/)
  })

  for (const keyAlgorithm of ['RSA-2048', 'EC-P384'] as const) {
    test(`works with a ${keyAlgorithm} key`, async () => {
      const authorities = await newAuthorities({ keyAlgorithm })
      const prepared = authorities.issuing.prepare(leaf())
      const certificate = await authorities.issuing.sign(prepared)
      const verified = run(
        'openssl',
        'verify -x509_strict -CAfile root.pem -untrusted issuing.pem leaf.pem',
        {
          'root.pem': pem('CERTIFICATE', authorities.root.certificate.der),
          'issuing.pem': pem('CERTIFICATE', authorities.issuing.certificate.der),
          'leaf.pem': pem('CERTIFICATE', certificate),
        },
      )
      assert.deepEqual(verified, { status: 0, output: 'leaf.pem: OK\n' })
    })
  }

  test('signs exactly the bytes that could be looked at before', async () => {
    const prepared = issuing.prepare(leaf())
    const tbs = prepared.peek()
    assert.deepEqual(decodeCertificate(await issuing.sign(prepared)).tbs, tbs)
  })

  test('happens once for each preparation, also where both are asked for at once', async () => {
    const prepared = issuing.prepare(leaf())
    const results = await Promise.allSettled([issuing.sign(prepared), issuing.sign(prepared)])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await assert.rejects(issuing.sign(prepared), /already taken/)
  })

  test('happens again for the kept bytes after a crash, when they were linted again', async () => {
    const tbs = issuing.prepare(leaf()).peek()
    const certificate = await issuing.sign(issuing.prepareAgain(tbs))
    assert.deepEqual(decodeCertificate(certificate).tbs, tbs)
  })

  test('signs what was linted, whatever becomes of the kept bytes in the meantime', async () => {
    const tbs = issuing.prepare(leaf()).peek()
    const kept = tbs.slice()
    const prepared = issuing.prepareAgain(kept)
    kept.fill(0)
    assert.deepEqual(decodeCertificate(await issuing.sign(prepared)).tbs, tbs)
  })

  test('is refused for kept bytes that are no certificate of ours', () => {
    const ours = issuing.prepare(leaf()).peek()
    const foreign = root.prepare(leaf()).peek()
    for (const tbs of [foreign, ours.subarray(0, ours.length - 1), new Uint8Array(0)]) {
      assert.throws(() => issuing.prepareAgain(tbs), LintError)
    }
  })

  test('is refused for what another authority prepared, or only the lint', async () => {
    const prepared = root.prepare(leaf())
    await assert.rejects(issuing.sign(prepared), SigningError)
    const tbs = issuing.prepare(leaf()).peek()
    await assert.rejects(
      issuing.sign(lintTbsCertificate(tbs, { issuer: issuing.certificate, now })),
      SigningError,
    )
  })

  test('is refused for bytes that were altered after the lint, and the key is not used', async () => {
    let used = 0
    const authority = authorityWith((signer, bytes) => {
      used++
      return signer.sign(bytes)
    })
    const prepared = authority.prepare(leaf())
    const { subject } = prepared.decoded
    subject[subject.length - 1] = (subject.at(-1) ?? 0) ^ 0x01
    await assert.rejects(authority.sign(prepared), SigningError)
    assert.equal(used, 0)
  })

  test('is refused where the signature is over other bytes, altered, or none', async () => {
    const faults: Parameters<typeof authorityWith>[0][] = [
      (signer, bytes) => signer.sign(bytes.subarray(1)),
      async (signer, bytes) =>
        (await signer.sign(bytes)).map((octet, index) => (index === 20 ? octet ^ 1 : octet)),
      async () => new Uint8Array(0),
      async () => new SoftwareSigner((await generateKeyPair('EC-P256')).privateKey).sign(Buffer.from('x')),
      async (signer, bytes) => {
        const signature = await signer.sign(bytes)
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        return signature
      },
      async (signer, bytes) => {
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        return signer.sign(bytes)
      },
    ]
    for (const fault of faults) {
      const authority = authorityWith(fault)
      await assert.rejects(authority.sign(authority.prepare(leaf())), SigningError)
    }
  })

  test('passes on the fault of a signer that cannot sign', async () => {
    const authority = authorityWith(() => Promise.reject(new Error('the token was pulled out')))
    await assert.rejects(authority.sign(authority.prepare(leaf())), /pulled out/)
  })

  test('goes on beside others: many at once come out right', async () => {
    const prepared = Array.from({ length: 40 }, () => issuing.prepare(leaf()))
    const expected = prepared.map(one => one.peek())
    const certificates = await Promise.all(prepared.map(one => issuing.sign(one)))
    assert.deepEqual(
      certificates.map(der => decodeCertificate(der).tbs),
      expected,
    )
  })
})

describe('answering with a certificate', () => {
  for (const keyAlgorithm of ['RSA-2048', 'EC-P256', 'EC-P384'] as const) {
    test(`gives a CMC full response signed by its ${keyAlgorithm} key that openssl verifies`, async () => {
      const authorities = await newAuthorities({ keyAlgorithm })
      const certificate = await authorities.issuing.sign(authorities.issuing.prepare(leaf()))
      const response = await authorities.issuing.respond(certificate)
      const given = {
        'root.pem': pem('CERTIFICATE', authorities.root.certificate.der),
        'response.der': response,
      }
      const { status, output } = run(
        'openssl',
        'cms -verify -binary -inform DER -in response.der -CAfile root.pem -out /dev/null',
        given,
      )
      assert.deepEqual({ status, output }, { status: 0, output: 'CMS Verification successful\n' })
      const printed = run('openssl', 'cms -cmsout -print -inform DER -in response.der', given).output
      assert.match(printed, /eContentType: undefined \(1\.3\.6\.1\.5\.5\.7\.12\.3\)|id-cct-PKIResponse/)
      assert.equal(printed.match(/d\.certificate:/g)?.length, 3)
      assert.match(
        printed,
        /signerInfos:\s+version: 1\s+d\.issuerAndSerialNumber:\s+issuer: .*Contoso Root CA/,
      )
    })
  }

  test('carries the certificate, its own and the root’s, and names the certificate by its hash', async () => {
    const certificate = await issuing.sign(issuing.prepare(leaf()))
    const response = decodeCmcFullResponse(await issuing.respond(certificate))
    assert.equal(response.status, 'success')
    assert.deepEqual(response.issuedCertificate, certificate)
    const hex = (der: Uint8Array) => Buffer.from(der).toString('hex')
    assert.deepEqual(
      response.certificates.map(hex).sort(),
      [certificate, issuing.certificate.der, root.certificate.der].map(hex).sort(),
    )
    assert.ok(verifyCmcFullResponse(response, issuing.certificate))
  })

  test('is refused for a certificate of another issuer', async () => {
    const certificate = await root.sign(root.prepare(leaf()))
    await assert.rejects(issuing.respond(certificate), SigningError)
  })

  test('is refused where the signature does not verify', async () => {
    const certificate = await issuing.sign(issuing.prepare(leaf()))
    const authority = authorityWith(signer => signer.sign(Buffer.from('something else')))
    await assert.rejects(authority.respond(certificate), SigningError)
  })
})

describe('revocation lists', () => {
  const thisUpdate = new Date(now.getTime() - 60_000)
  const nextUpdate = new Date(now.getTime() + 7 * day)

  test('let openssl tell a revoked certificate from a good one', async () => {
    const good = await issuing.sign(issuing.prepare(leaf()))
    const revoked = await issuing.sign(issuing.prepare(leaf()))
    const { serialNumberHex: serialNumber } = decodeCertificate(revoked)
    const rootList = await root.signRevocationList({ number: 1, thisUpdate, nextUpdate, revoked: [] })
    const list = await issuing.signRevocationList({
      number: 4711,
      thisUpdate,
      nextUpdate,
      revoked: [{ serialNumber, revokedAt: thisUpdate, reason: 'key-compromise' }],
    })
    const given = {
      ...files(good),
      'revoked.pem': pem('CERTIFICATE', revoked),
      'lists.pem': pem('X509 CRL', list, rootList),
    }
    const command =
      'verify -crl_check_all -x509_strict -CAfile root.pem -untrusted issuing.pem -CRLfile lists.pem'
    assert.deepEqual(run('openssl', `${command} leaf.pem`, given), { status: 0, output: 'leaf.pem: OK\n' })
    const refused = run('openssl', `${command} revoked.pem`, given)
    assert.notEqual(refused.status, 0)
    assert.match(refused.output, /certificate revoked/)
  })

  for (const keyAlgorithm of ['RSA-2048', 'EC-P256', 'EC-P384'] as const) {
    test(`are signed by a ${keyAlgorithm} key so that openssl and gnutls verify them`, async () => {
      const authorities = await newAuthorities({ keyAlgorithm })
      const list = await authorities.issuing.signRevocationList({
        number: 7,
        thisUpdate,
        nextUpdate,
        revoked: [],
      })
      const given = {
        'issuing.pem': pem('CERTIFICATE', authorities.issuing.certificate.der),
        'list.pem': pem('X509 CRL', list),
      }
      const verified = run('openssl', 'crl -verify -CAfile issuing.pem -noout -text -in list.pem', given)
      assert.match(verified.output, /verify OK/)
      assert.match(verified.output, /X509v3 CRL Number: \s+7\n/)
      assert.match(verified.output, /No Revoked Certificates/)
      const read = run('certtool', '--verify-crl --load-ca-certificate issuing.pem --infile list.pem', given)
      assert.match(read.output, /Verification output: Verified\./)
    })
  }

  test('say when and why each certificate was revoked, in the words of RFC 5280', async () => {
    const words = {
      unspecified: null,
      'key-compromise': 'Key Compromise',
      'ca-compromise': 'CA Compromise',
      'affiliation-changed': 'Affiliation Changed',
      superseded: 'Superseded',
      'cessation-of-operation': 'Cessation Of Operation',
      'certificate-hold': 'Certificate Hold',
    }
    for (const reason of revocationReasons) {
      const der = await issuing.signRevocationList({
        number: 1,
        thisUpdate,
        nextUpdate,
        revoked: [
          { serialNumber: '5A0102030405060708', revokedAt: new Date('2026-01-02T03:04:05Z'), reason },
        ],
      })
      const { output } = run('openssl', 'crl -noout -text -in list.pem', { 'list.pem': pem('X509 CRL', der) })
      assert.match(
        output,
        /Serial Number: 5A0102030405060708\n\s+Revocation Date: Jan {2}2 03:04:05 2026 GMT/,
      )
      if (words[reason] === null) assert.doesNotMatch(output, /Reason Code/)
      else assert.ok(output.includes(words[reason]), reason)
    }
  })

  test('are refused where a serial number is malformed, rather than revoke another certificate', async () => {
    for (const serialNumber of ['5A01020', '5A01xx', '0x5A01', '5a01', '5A 01', '']) {
      const revoked = [{ serialNumber, revokedAt: thisUpdate, reason: 'superseded' as const }]
      await assert.rejects(issuing.signRevocationList({ number: 1, thisUpdate, nextUpdate, revoked }))
    }
  })

  test('are refused where the signature does not verify', async () => {
    const authority = authorityWith((signer, bytes) => signer.sign(bytes.subarray(1)))
    await assert.rejects(
      authority.signRevocationList({ number: 1, thisUpdate, nextUpdate, revoked: [] }),
      SigningError,
    )
  })
})

describe('a certification authority', () => {
  test('does not start with a key that is not its certificate’s', async () => {
    const [rootRecord, record] = store.rows.certificationAuthorities
    assert(rootRecord && record)
    const signer = new SoftwareSigner((await generateKeyPair('EC-P256')).privateKey)
    assert.throws(
      () =>
        createCertificationAuthority({
          record,
          root: rootRecord,
          signer,
          clock,
          host: 'ca',
          publicUrl: 'http://a',
        }),
      SigningError,
    )
  })
})
