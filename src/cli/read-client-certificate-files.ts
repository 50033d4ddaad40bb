import { readFile } from 'node:fs/promises'
import {
  parseThumbprintTable,
  type ThumbprintTable,
} from '../identity/client-certificate/thumbprint-table.ts'
import { type Certificate, decodeCertificate } from '../x509/certificate.ts'
import { decodePem } from '../x509/pem.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads the authorities whose certificates sign in beside our own.
 *
 * @throws UsageError where the file holds none, or one that cannot be read
 */
export async function readClientAuthorities(file: string | undefined): Promise<readonly Certificate[]> {
  if (file === undefined) return []
  const text = await readFile(file, 'utf8')
  return explaining(`The file of authorities ${file} is unusable`, () => {
    const blocks = decodePem(text).filter(({ label }) => label === 'CERTIFICATE')
    if (blocks.length === 0) throw new TypeError('it holds no certificate in PEM form')
    return blocks.map(({ bytes }, index) =>
      explaining(`certificate ${index + 1} of it cannot be read`, () => decodeCertificate(bytes)),
    )
  })
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
