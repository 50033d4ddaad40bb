import type { Clock } from '../workflows/ports/clock.ts'
import { encodeTbsCertificate } from '../x509/certificate.ts'
import { encodeBasicConstraints } from '../x509/extensions/basic-constraints.ts'
import { encodeKeyUsage } from '../x509/extensions/key-usage.ts'
import { encodeSubjectKeyIdentifier } from '../x509/extensions/subject-key-identifier.ts'
import { lintTbsCertificate } from '../x509/lint.ts'
import { type DistinguishedName, encodeName } from '../x509/names/distinguished-name.ts'
import { decodeSubjectPublicKeyInfo, keyIdentifier } from '../x509/public-key.ts'
import { signCertificate } from './sign-certificate.ts'
import type { Signer } from './signer.ts'
import { VerifyingSigner } from './verifying-signer.ts'

/**
 * A root certificate that signs itself and allows one level of certification authorities below (RFC 5280 §4.2.1.9).
 * It names no revocation list and no issuer's address: a root is trusted or not, nobody above can revoke it.
 *
 * @returns DER
 * @throws LintError, SigningError
 */
export async function signRootCertificate(root: {
  readonly name: DistinguishedName
  readonly serialNumber: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly signer: Signer
  readonly clock: Clock
}): Promise<Uint8Array> {
  const publicKey = decodeSubjectPublicKeyInfo(root.signer.subjectPublicKeyInfo)
  const name = encodeName(root.name)
  const tbs = encodeTbsCertificate({
    serialNumber: root.serialNumber,
    signatureAlgorithm: root.signer.signatureAlgorithm,
    issuer: name,
    notBefore: root.notBefore,
    notAfter: root.notAfter,
    subject: name,
    subjectPublicKeyInfo: publicKey.der,
    extensions: [
      encodeBasicConstraints({ ca: true, pathLength: 1 }),
      encodeKeyUsage(['keyCertSign', 'cRLSign']),
      encodeSubjectKeyIdentifier(keyIdentifier(publicKey)),
    ],
  })
  const linted = lintTbsCertificate(tbs, { issuer: null, now: root.clock.now() })
  return signCertificate(linted, tbs, new VerifyingSigner(root.signer, publicKey))
}
