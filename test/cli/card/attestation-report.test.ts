import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import { type AttestedKey, attestOn } from '../../../src/cli/card/attest-key.ts'
import { attestationLines } from '../../../src/cli/card/attestation-lines.ts'
import { readTrustedCertificates, reportAttestation } from '../../../src/cli/card/attestation-report.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { assembleCertificate, encodeTbsCertificate } from '../../../src/x509/certificate.ts'
import type { Extension } from '../../../src/x509/extension.ts'
import { encodeBasicConstraints } from '../../../src/x509/extensions/basic-constraints.ts'
import { encodeName, parseName } from '../../../src/x509/names/distinguished-name.ts'
import { decodePem } from '../../../src/x509/pem.ts'
import { pivAttestationExtension } from '../../../src/x509/piv-attestation.ts'
import { certificateFor } from '../../card/piv/certificate.ts'
import { connectTo, managementKey, newCard } from '../../card/piv/piv-cards.ts'
import { farEnd, generateTestKey, notBefore } from '../../x509/test-authority.ts'

const now = new Date('2026-06-01T12:00:00Z')
const pem = (name: string) =>
  readFileSync(new URL(`../../vectors/piv-attestation/${name}.pem`, import.meta.url), 'utf8')
const der = (name: string) => decodePem(pem(name))[0]?.bytes ?? new Uint8Array()
const roots = readTrustedCertificates('roots.pem', pem('yubico-piv-root') + pem('yubico-u2f-root'))
const yubikey5 = {
  attestation: der('yubikey-5-attestation'),
  intermediate: der('yubikey-5-intermediate'),
  certificate: null,
}

const signer = generateTestKey('P-256')

/** An attestation by a key of ours that certifies itself. */
function attestedAs(subject: string): AttestedKey {
  const certificate = (name: string, extensions: readonly Extension[]) => {
    const tbs = encodeTbsCertificate({
      serialNumber: Uint8Array.of(1),
      signatureAlgorithm: signer.signatureAlgorithm,
      issuer: encodeName(parseName('CN=Card')),
      notBefore,
      notAfter: farEnd,
      subject: encodeName(parseName(name)),
      subjectPublicKeyInfo: signer.publicKey.der,
      extensions,
    })
    return assembleCertificate(tbs, signer.signatureAlgorithm, signer.sign(tbs))
  }
  const says = (oid: string, ...value: number[]) => ({ oid, critical: false, value: Uint8Array.from(value) })
  return {
    attestation: certificate(subject, [
      says(pivAttestationExtension.firmwareVersion, 5, 7, 0),
      says(pivAttestationExtension.policies, 2, 1),
    ]),
    intermediate: certificate('CN=Card', [encodeBasicConstraints({ ca: true, pathLength: 0 })]),
    certificate: null,
  }
}

suite('what is said of an attestation', () => {
  test('of a YubiKey is what it says, and that it goes back to Yubico', () => {
    const report = reportAttestation('9a', yubikey5, roots, now)
    assert.deepEqual([report.trusted, report.fault], [true, null])
    assert.equal(report.chain.join(''), pem('yubikey-5-attestation') + pem('yubikey-5-intermediate'))
    assert.deepEqual(attestationLines(report, 'roots.pem'), [
      'Key 9a           EC P-256, generated on the card, as the card says',
      'PIN              once in a session',
      'Touch            never',
      'Serial number    15732500',
      'Firmware         5.4.3',
      'Form factor      USB-C nano',
      'Attested by      CN=Yubico PIV Attestation',
      'Certified by     CN=Yubico PIV Root CA Serial 263751',
      'Certificate      none in the slot',
      'Trusted          yes, by roots.pem',
    ])
  })

  test('of an older YubiKey leaves out what it does not say', () => {
    const yubikey4 = {
      attestation: der('yubikey-4-attestation'),
      intermediate: der('yubikey-4-intermediate'),
    }
    const report = reportAttestation('9a', { ...yubikey4, certificate: null }, roots, now)
    assert.equal(report.trusted, true)
    assert.doesNotMatch(attestationLines(report, 'roots.pem').join('\n'), /Serial number|Form factor/)
  })

  test('names a fault, and keeps trust apart from what was not asked', () => {
    const last = (trusted: typeof roots | null, at = now) =>
      attestationLines(reportAttestation('9a', yubikey5, trusted, at), 'roots.pem').at(-1)
    assert.equal(last(null), 'Trusted          not checked: no --trust given')
    assert.match(last(roots.slice(1)) ?? '', /NO: the attestation goes back to no trusted certificate$/)
    assert.match(last(roots, new Date('2053-01-01')) ?? '', /is not valid at this time$/)
    assert.equal(reportAttestation('9a', yubikey5, null, now).trusted, null)
    assert.equal(reportAttestation('9a', yubikey5, roots.slice(1), now).trusted, false)
  })

  test('is refused where the card signed it with another key, or it is none', () => {
    for (const [key, message] of [
      [{ ...yubikey5, intermediate: der('yubikey-4-intermediate') }, /is not signed by the attestation key/],
      [{ ...yubikey5, attestation: yubikey5.intermediate }, /is not signed by the attestation key/],
      [{ ...yubikey5, attestation: Uint8Array.of(0x30, 0) }, /cannot be read/],
      [{ ...yubikey5, intermediate: Uint8Array.of(0x30, 0) }, /cannot be read/],
      [
        { ...yubikey5, attestation: der('yubico-piv-root'), intermediate: der('yubico-piv-root') },
        /cannot be read: .*this is no attestation/,
      ],
    ] as const) {
      assert.throws(
        () => reportAttestation('9a', key, roots, now),
        (error: unknown) => error instanceof UsageError && message.test(error.message),
      )
    }
  })

  test('is refused where it is of the key in another slot, and says so where it names none', () => {
    const of = (subject: string, slot: string) => reportAttestation(slot, attestedAs(subject), null, now)
    assert.throws(() => of('CN=YubiKey PIV Attestation 9c', '9a'), {
      name: 'UsageError',
      message: 'The attestation is of the key in slot 9c, not 9a. Do not believe it.',
    })
    assert.throws(() => reportAttestation('82', yubikey5, null, now), /in slot 9a, not 82/)
    const lines = (subject: string, slot: string) => attestationLines(of(subject, slot), undefined).join('\n')
    for (const slot of ['9a', '9c', '82', '8f', '95']) {
      assert.doesNotMatch(lines(`CN=YubiKey PIV Attestation ${slot.toUpperCase()}`, slot), /^Slot /m)
    }
    for (const subject of ['CN=Attestation', 'O=Keys 9c', 'CN=Number 10009c']) {
      assert.match(lines(subject, '9a'), /^Slot {13}not said by the attestation, only asked for$/m)
    }
  })

  test('cannot drive the terminal', () => {
    const report = { ...reportAttestation('9a', yubikey5, null, now), attestedBy: 'CN=\u001b[2Jme' }
    assert.ok(attestationLines(report, undefined).includes('Attested by      CN=?[2Jme'))
  })

  test('tells a certificate of the key from one of another, also from what is none', () => {
    const of = (certificate: Uint8Array) =>
      reportAttestation('9a', { ...yubikey5, certificate }, null, now).certificateOf
    assert.equal(of(yubikey5.attestation), 'this key')
    assert.equal(of(yubikey5.intermediate), 'another key')
    assert.equal(of(Uint8Array.of(0x30, 0)), 'another key')
  })
})

test('the file of trusted certificates has at least one, and none that cannot be read', () => {
  assert.equal(roots.length, 2)
  for (const text of ['', 'Dear Bob', '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n']) {
    assert.throws(() => readTrustedCertificates('a.pem', text), /^UsageError: a\.pem holds no certificate/)
  }
  const broken = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'
  for (const text of [pem('yubico-piv-root') + broken, '-----BEGIN CERTIFICATE-----\n']) {
    assert.throws(
      () => readTrustedCertificates('a.pem', text),
      /^UsageError: The certificates in a\.pem cannot/,
    )
  }
})

test('a card without metadata attests a key that has no certificate yet, or one that is damaged', async () => {
  const { card } = await newCard()
  const administrator = await openPivCard(connectTo(card), { randomBytes })
  await administrator.authenticateMutually(managementKey)
  const { publicKey } = await administrator.generateKeyPair({ algorithm: 'EC', curve: 'P-256' }, '9a')
  const connection = {
    ...connectTo(card),
    transmit: async (command: Uint8Array) =>
      command[1] === 0xf7 ? Uint8Array.of(0x6d, 0x00) : await card.transmit(command),
  }
  assert.equal((await attestOn(connection, '9a')).certificate, null)
  await administrator.writeCertificate('9a', certificateFor(publicKey))
  const { certificate } = await attestOn(connection, '9a')
  assert.deepEqual(certificate, await administrator.readCertificate('9a'))
  const damaged = Uint8Array.from(Buffer.from('00DB3FFF0B5C035FC105530470023000', 'hex'))
  assert.deepEqual([...(await card.transmit(damaged))], [0x90, 0x00])
  assert.equal((await attestOn(connection, '9a')).certificate, null)
})
