import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { run } from './command.ts'

/** Fails unless openssl verifies the certificate up to the root. */
export async function assertOpensslVerifies(result: {
  readonly certificatePem: string
  readonly issuingCertificatePem: string
  readonly rootCertificatePem: string
}): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-verify-'))
  const file = (name: string, pem: string) => {
    writeFileSync(path.join(folder, name), pem)
    return path.join(folder, name)
  }
  try {
    const verified = await run(
      'openssl',
      ...['verify', '-x509_strict', '-CAfile', file('root.pem', result.rootCertificatePem)],
      ...['-untrusted', file('issuing.pem', result.issuingCertificatePem)],
      file('certificate.pem', result.certificatePem),
    )
    assert.equal(verified.code, 0, verified.stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
