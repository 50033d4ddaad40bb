import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { run } from './command.ts'

/**
 * Looks up a certificate in the revocation list that it names, which its issuer must have signed. Everything is
 * fetched, read and verified by openssl and this file alone.
 *
 * @returns the reason in openssl's words; null where it is not revoked
 */
export async function revocationReason(
  certificatePem: string,
  issuingCertificatePem: string,
): Promise<string | null> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-revocation-'))
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(folder, name), content)
    return path.join(folder, name)
  }
  try {
    const certificate = file('certificate.pem', certificatePem)
    const list = await fetch(await distributionPoint(certificate))
    assert.equal(list.status, 200)
    const printed = await run(
      'openssl',
      ...['crl', '-inform', 'DER', '-in', file('list.crl', Buffer.from(await list.arrayBuffer()))],
      ...['-CAfile', file('issuing.pem', issuingCertificatePem), '-noout', '-text'],
    )
    assert.match(printed.stderr, /verify OK/)
    const serial = await run('openssl', 'x509', '-in', certificate, '-noout', '-serial')
    const serialNumber = serial.stdout.trim().replace('serial=', '')
    const entry = printed.stdout.split('Serial Number: ').find(text => text.startsWith(serialNumber))
    return entry === undefined ? null : (/CRL Reason Code:\s+(.+)/.exec(entry)?.[1] ?? 'Unspecified')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function distributionPoint(file: string): Promise<string> {
  const point = await run('openssl', 'x509', '-in', file, '-noout', '-ext', 'crlDistributionPoints')
  return /URI:(\S+)/.exec(point.stdout)?.[1] ?? ''
}
