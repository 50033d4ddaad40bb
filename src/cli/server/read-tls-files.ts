import { constants } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ServerOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { TlsConfiguration } from '../../config/configuration.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { encodePem } from '../../x509/pem.ts'
import { UsageError } from '../usage-error.ts'

/** What the server serves TLS with: the certificates of its file, in PEM form, its own the first. */
export type TlsOptions = Omit<ServerOptions, 'cert'> & { readonly cert: Buffer }

/**
 * Reads the server's certificate and key, and tries them out.
 *
 * @param clientAuthorities whose certificates clients are asked for; null to ask for none
 * @throws UsageError where they cannot be used, or do not belong together
 */
export async function readTlsFiles(
  { certificateFile, keyFile }: TlsConfiguration,
  clientAuthorities: readonly Certificate[] | null,
): Promise<TlsOptions> {
  const options: TlsOptions = {
    cert: await readFile(certificateFile),
    key: await readFile(keyFile),
    minVersion: 'TLSv1.2',
    // What was read of a connection at its begin stays true.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(clientAuthorities !== null && clientCertificateOptions(clientAuthorities)),
  }
  try {
    createSecureContext(options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `The TLS certificate ${certificateFile} with the key ${keyFile} is unusable: ${reason}.`,
    )
  }
  return options
}

/** Clients are asked for a certificate, and served without one: there are other ways of signing in. */
function clientCertificateOptions(authorities: readonly Certificate[]): Omit<ServerOptions, 'cert'> {
  return {
    requestCert: true,
    rejectUnauthorized: false,
    // Browsers ask those of their users alone who have a certificate of these.
    ca: authorities.map(({ der }) => encodePem('CERTIFICATE', der)),
  }
}
