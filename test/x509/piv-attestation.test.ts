import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  assembleCertificate,
  type Certificate,
  type CertificateFields,
  decodeCertificate,
  encodeTbsCertificate,
} from '../../src/x509/certificate.ts'
import type { Extension } from '../../src/x509/extension.ts'
import { encodeBasicConstraints } from '../../src/x509/extensions/basic-constraints.ts'
import { encodeKeyUsage } from '../../src/x509/extensions/key-usage.ts'
import { encodeName, parseName } from '../../src/x509/names/distinguished-name.ts'
import { decodePem } from '../../src/x509/pem.ts'
import { pivAttestationExtension as oid, readPivAttestation } from '../../src/x509/piv-attestation.ts'
import {
  findPivAttestationFault,
  findPivAttestationTrustFault,
} from '../../src/x509/verify-piv-attestation.ts'
import { X509Error } from '../../src/x509/x509-error.ts'
import { assertRefused, hex } from './refusal.ts'
import { farEnd, generateTestKey, notBefore, now, type TestKey } from './test-authority.ts'

const vector = (name: string): Certificate => {
  const pem = readFileSync(new URL(`../vectors/piv-attestation/${name}.pem`, import.meta.url), 'utf8')
  return decodeCertificate(decodePem(pem)[0]?.bytes ?? new Uint8Array())
}
const yubikey5 = {
  attestation: vector('yubikey-5-attestation'),
  intermediate: vector('yubikey-5-intermediate'),
}
const yubikey4 = {
  attestation: vector('yubikey-4-attestation'),
  intermediate: vector('yubikey-4-intermediate'),
}
const roots = [vector('yubico-piv-root'), vector('yubico-u2f-root')]

suite('what a YubiKey attests', () => {
  test('is read with serial number and form factor', () => {
    assert.deepEqual(readPivAttestation(yubikey5.attestation), {
      firmwareVersion: '5.4.3',
      serialNumber: 15_732_500,
      pinPolicy: 'once',
      touchPolicy: 'never',
      formFactor: { shape: 'USB-C nano', fips: false },
    })
  })

  test('is read without those where the card is older', () => {
    assert.deepEqual(readPivAttestation(yubikey4.attestation), {
      firmwareVersion: '4.3.7',
      serialNumber: null,
      pinPolicy: 'once',
      touchPolicy: 'never',
      formFactor: null,
    })
  })

  test('goes back to Yubico’s roots, even by an intermediate without basic constraints', () => {
    for (const chain of [yubikey5, yubikey4]) {
      assert.equal(findPivAttestationFault(chain, chain.attestation.subjectPublicKeyInfo.der), null)
      assert.equal(findPivAttestationTrustFault(chain, roots, now), null)
    }
    assert.equal(findPivAttestationTrustFault(yubikey5, roots.slice(1), now), 'not-trusted')
    assert.equal(findPivAttestationTrustFault(yubikey4, roots.slice(0, 1), now), 'not-trusted')
    assert.equal(findPivAttestationTrustFault(yubikey5, [], now), 'not-trusted')
  })

  test('is not that of another card or of another key', () => {
    const { der } = yubikey5.attestation.subjectPublicKeyInfo
    const mixed = { attestation: yubikey5.attestation, intermediate: yubikey4.intermediate }
    assert.equal(findPivAttestationFault(mixed, der), 'not-by-intermediate')
    assert.equal(
      findPivAttestationFault(yubikey5, yubikey4.attestation.subjectPublicKeyInfo.der),
      'other-key',
    )
  })

  test('is trusted through its own intermediate as well', () => {
    assert.equal(findPivAttestationTrustFault(yubikey5, [yubikey5.intermediate], now), null)
    assert.equal(findPivAttestationTrustFault(yubikey5, [yubikey5.attestation], now), 'not-trusted')
  })
})

const octets = (number: string, value: string, critical = false): Extension => ({
  oid: number,
  critical,
  value: hex(value),
})
const sound = [
  octets(oid.firmwareVersion, '050700'),
  octets(oid.serialNumber, '020101'),
  octets(oid.policies, '0201'),
  octets(oid.formFactor, '00'),
]
const [rootKey, intermediateKey, slotKey, otherKey] = [0, 1, 2, 3].map(() => generateTestKey('P-256'))
assert.ok(rootKey && intermediateKey && slotKey && otherKey)

function certificate(
  subject: string,
  key: TestKey,
  issuer: string,
  signer: TestKey,
  extensions: readonly Extension[],
  fields: Partial<CertificateFields> = {},
): Certificate {
  const tbs = encodeTbsCertificate({
    serialNumber: hex('01'),
    signatureAlgorithm: signer.signatureAlgorithm,
    issuer: encodeName(parseName(issuer)),
    notBefore,
    notAfter: farEnd,
    subject: encodeName(parseName(subject)),
    subjectPublicKeyInfo: key.publicKey.der,
    extensions,
    ...fields,
  })
  return decodeCertificate(assembleCertificate(tbs, signer.signatureAlgorithm, signer.sign(tbs)))
}

const authority = encodeBasicConstraints({ ca: true, pathLength: 0 })
const root = certificate('CN=Root', rootKey, 'CN=Root', rootKey, [authority])
const intermediateWith = (extensions: readonly Extension[], fields: Partial<CertificateFields> = {}) =>
  certificate('CN=F9', intermediateKey, 'CN=Root', rootKey, extensions, fields)
const attestationWith = (extensions: readonly Extension[], fields: Partial<CertificateFields> = {}) =>
  certificate('CN=Attestation 9a', slotKey, 'CN=F9', intermediateKey, extensions, fields)
const attestation = attestationWith(sound)
const trustFault = (intermediate: Certificate, trusted = [root], at = now) =>
  findPivAttestationTrustFault({ attestation, intermediate }, trusted, at)

suite('an attestation', () => {
  for (const [number, policies, pinPolicy, touchPolicy] of [
    [1, '0101', 'never', 'never'],
    [2, '0202', 'once', 'always'],
    [3, '0303', 'always', 'cached'],
    [4, '0401', 'match-once', 'never'],
    [5, '0501', 'match-always', 'never'],
  ] as const) {
    test(`has PIN policy ${number} for “${pinPolicy}”`, () => {
      const read = readPivAttestation(
        attestationWith([octets(oid.firmwareVersion, '050700'), octets(oid.policies, policies)]),
      )
      assert.deepEqual([read.pinPolicy, read.touchPolicy], [pinPolicy, touchPolicy])
    })
  }

  test('tells a FIPS card, and a form that is not known yet', () => {
    const formOf = (value: string) =>
      readPivAttestation(attestationWith([...sound.slice(0, 3), octets(oid.formFactor, value)])).formFactor
    assert.deepEqual(formOf('83'), { shape: 'USB-C keychain', fips: true })
    assert.deepEqual(formOf('07'), { shape: 'USB-C with fingerprint reader', fips: false })
    assert.deepEqual(formOf('08'), { shape: 'other', fips: false })
    assert.deepEqual(formOf('ff'), { shape: 'other', fips: true })
  })

  for (const [what, index, extension] of [
    ['firmware of two octets', 0, octets(oid.firmwareVersion, '0507')],
    ['firmware in an OCTET STRING', 0, octets(oid.firmwareVersion, '0403050700')],
    ['a serial number of 33 bits', 1, octets(oid.serialNumber, '02050100000000')],
    ['policies of one octet', 2, octets(oid.policies, '02')],
    ['policies of three octets', 2, octets(oid.policies, '020101')],
    ['PIN policy 0', 2, octets(oid.policies, '0001')],
    ['PIN policy 6', 2, octets(oid.policies, '0601')],
    ['touch policy 0', 2, octets(oid.policies, '0100')],
    ['touch policy 4', 2, octets(oid.policies, '0104')],
    ['a form factor of no octet', 3, octets(oid.formFactor, '')],
    ['no policies', 2, octets('1.2.3', '00')],
    ['no firmware', 0, octets('1.2.3', '00')],
  ] as const) {
    test(`is refused with ${what}`, () =>
      assertRefused('invalid-extension', () =>
        readPivAttestation(attestationWith(sound.with(index, extension))),
      ))
  }

  test('is refused with a serial number that is negative or not an INTEGER', () => {
    for (const value of ['0201ff', '020200ff00', '0401ff', '']) {
      const odd = attestationWith(sound.with(1, octets(oid.serialNumber, value)))
      assert.throws(() => readPivAttestation(odd), X509Error)
    }
  })

  test('says something or is refused, whatever stands in its extensions', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            oid: fc.constantFrom(...Object.values(oid)),
            critical: fc.boolean(),
            value: fc.uint8Array({ maxLength: 12 }),
          }),
          { maxLength: 6 },
        ),
        extensions => {
          try {
            const { firmwareVersion } = readPivAttestation({ ...attestation, extensions })
            assert.match(firmwareVersion, /^\d+\.\d+\.\d+$/)
          } catch (error) {
            if (!(error instanceof X509Error)) throw error
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('with a changed octet anywhere is not what the card has signed', () => {
    const chain = { attestation, intermediate: intermediateWith([authority]) }
    assert.equal(findPivAttestationFault(chain, slotKey.publicKey.der), null)
    fc.assert(
      fc.property(fc.nat(attestation.der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const der = Uint8Array.from(attestation.der)
        der[at] = (der[at] ?? 0) ^ change
        try {
          const changed = { ...chain, attestation: decodeCertificate(der) }
          assert.notEqual(findPivAttestationFault(changed, slotKey.publicKey.der), null)
        } catch (error) {
          if (!(error instanceof X509Error)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('is refused with a critical extension that nobody knows', () => {
    const odd = attestationWith([...sound, octets('1.2.3', '0500', true)])
    const chain = { attestation: odd, intermediate: intermediateWith([authority]) }
    assert.equal(findPivAttestationFault(chain, slotKey.publicKey.der), 'unknown-critical-extension')
    assert.equal(
      trustFault(intermediateWith([authority, octets('1.2.3', '0500', true)])),
      'unknown-critical-extension',
    )
  })

  test('is trusted within its dates and those of the intermediate', () => {
    const intermediate = intermediateWith([authority])
    assert.equal(trustFault(intermediate), null)
    assert.equal(trustFault(intermediate, [root], new Date('2025-12-31T23:59:59Z')), 'not-valid-now')
    assert.equal(trustFault(intermediate, [root], new Date('2056-01-01T00:00:01Z')), 'not-valid-now')
    assert.equal(trustFault(intermediateWith([authority], { notAfter: notBefore })), 'not-valid-now')
  })

  test('is not trusted by the name of its root alone', () => {
    const foreign = certificate('CN=Root', otherKey, 'CN=Root', otherKey, [authority])
    assert.equal(trustFault(intermediateWith([authority]), [foreign]), 'not-trusted')
    const renamed = certificate('CN=Another', rootKey, 'CN=Another', rootKey, [authority])
    assert.equal(trustFault(intermediateWith([authority]), [renamed]), 'not-trusted')
    assert.equal(trustFault(intermediateWith([authority]), [foreign, renamed, root]), null)
  })

  test('is not trusted from a certificate that certifies nothing', () => {
    const firmware = octets(oid.firmwareVersion, '050204')
    for (const [extensions, expected] of [
      [[authority], null],
      [[authority, encodeKeyUsage(['keyCertSign'])], null],
      [[firmware], null],
      [[], 'intermediate-certifies-nothing'],
      [[encodeBasicConstraints({ ca: false, pathLength: null }), firmware], 'intermediate-certifies-nothing'],
      [[authority, encodeKeyUsage(['digitalSignature'])], 'intermediate-certifies-nothing'],
      [[firmware, encodeKeyUsage(['digitalSignature'])], 'intermediate-certifies-nothing'],
    ] as const) {
      assert.equal(trustFault(intermediateWith(extensions)), expected)
    }
  })

  test('cannot be signed with a key that is itself attested, though that attestation calls it an authority', () => {
    for (const extensions of [
      [...sound, authority],
      [...sound, authority, encodeKeyUsage(['keyCertSign'])],
    ])
      assert.equal(trustFault(intermediateWith(extensions)), 'intermediate-certifies-nothing')
  })

  test('cannot be signed with a key that is itself attested', () => {
    const genuine = intermediateWith([octets(oid.firmwareVersion, '050204')])
    const attested = certificate('CN=Attestation 9a', slotKey, 'CN=F9', intermediateKey, sound)
    const forged = certificate('CN=Attestation 9c', otherKey, 'CN=Attestation 9a', slotKey, sound)
    const chain = { attestation: forged, intermediate: attested }
    assert.equal(findPivAttestationFault(chain, otherKey.publicKey.der), null)
    assert.equal(findPivAttestationTrustFault(chain, [root], now), 'not-trusted')
    assert.equal(findPivAttestationTrustFault(chain, [genuine], now), 'intermediate-certifies-nothing')
  })
})
