import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsConfiguration } from '../config/configuration.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads the server's certificate and key, and tries them out.
 *
 * @throws UsageError where they cannot be used, or do not belong together
 */
export async function readTlsFiles({
  certificateFile,
  keyFile,
}: TlsConfiguration): Promise<{ cert: Buffer; key: Buffer }> {
  const files = { cert: await readFile(certificateFile), key: await readFile(keyFile) }
  try {
    createSecureContext(files)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `The TLS certificate ${certificateFile} with the key ${keyFile} is unusable: ${reason}.`,
    )
  }
  return files
}
