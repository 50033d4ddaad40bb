import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openssl } from '../openssl.ts'

/**
 * A certificate that openssl makes for a public key, by an authority of its own.
 *
 * @param publicKey SubjectPublicKeyInfo in DER
 * @returns DER
 */
export function certificateFor(publicKey: Uint8Array, subject = '/CN=alice'): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'cardinal-piv-certificate-'))
  try {
    const [publicFile, authority] = [join(folder, 'public.pem'), join(folder, 'ca.key')]
    writeFileSync(publicFile, openssl(['pkey', '-pubin', '-inform', 'DER'], publicKey))
    openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', authority])
    const names = ['-subj', subject, '-key', authority, '-force_pubkey', publicFile]
    return Uint8Array.from(
      openssl(['x509', '-new', ...names, '-signkey', authority, '-days', '2', '-outform', 'DER']),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}
