import { readFile } from 'node:fs/promises'
import {
  parseThumbprintTable,
  type ThumbprintTable,
} from '../../identity/client-certificate/thumbprint-table.ts'
import { type Certificate, decodeCertificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { decodePem } from '../../x509/pem.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Reads the authorities whose certificates sign in beside our own.
 *
 * @throws UsageError where the file holds none, one that cannot be read, or one whose issuer is not in it
 */
export async function readClientAuthorities(file: string | undefined): Promise<readonly Certificate[]> {
  if (file === undefined) return []
  const text = await readFile(file, 'utf8')
  return explaining(`The file of authorities ${file} is unusable`, () => {
    const blocks = decodePem(text).filter(({ label }) => label === 'CERTIFICATE')
    if (blocks.length === 0) throw new TypeError('it holds no certificate in PEM form')
    const authorities = blocks.map(({ bytes }, index) =>
      explaining(`certificate ${index + 1} of it cannot be read`, () => decodeCertificate(bytes)),
    )
    requireIssuers(authorities)
    return authorities
  })
}

/** A TLS server of Node trusts chains up to a root alone. */
function requireIssuers(authorities: readonly Certificate[]): void {
  for (const { issuer, issuerName } of authorities) {
    if (authorities.some(({ subject }) => equalBytes(subject, issuer))) continue
    throw new TypeError(
      `add the certificate of “${formatName(issuerName)}”, up to the root all must be there`,
    )
  }
}

/** @throws UsageError where the file is not as `parseThumbprintTable` wants it */
export async function readThumbprints(file: string | undefined): Promise<ThumbprintTable> {
  if (file === undefined) return new Map()
  const text = await readFile(file, 'utf8')
  return explaining(`The file of thumbprints ${file} is unusable`, () => parseThumbprintTable(text))
}

function explaining<Result>(what: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${what}: ${reason}`)
  }
}
