import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openssl } from '../openssl.ts'

const folder = mkdtempSync(join(tmpdir(), 'cardinal-piv-certificate-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const authority = join(folder, 'ca.key')
openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', authority])

/**
 * A certificate that openssl makes for a public key, by an authority of its own.
 *
 * @param publicKey SubjectPublicKeyInfo in DER
 * @returns DER
 */
export function certificateFor(publicKey: Uint8Array): Uint8Array {
  const publicFile = join(folder, 'public.pem')
  const pem = Buffer.from(publicKey).toString('base64')
  writeFileSync(publicFile, `-----BEGIN PUBLIC KEY-----\n${pem}\n-----END PUBLIC KEY-----\n`)
  const names = ['-subj', '/CN=alice', '-key', authority, '-force_pubkey', publicFile]
  return Uint8Array.from(
    openssl(['x509', '-new', ...names, '-signkey', authority, '-days', '2', '-outform', 'DER']),
  )
}
