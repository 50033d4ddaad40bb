import { readFile } from 'node:fs/promises'
import { tlsServerEndPointBindings } from '../../identity/negotiate/tls-server-end-point.ts'
import { decodePem } from '../../x509/pem.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The channel bindings that tickets for this server have: those of the certificate that it serves itself, and those of
 * the proxies before it. Theirs are read anew each time, because a proxy gets another certificate without asking here.
 *
 * @param servedCertificates PEM, the server's own certificate first; null where it has no TLS
 * @throws UsageError where a certificate cannot be read, or bindings to it are not defined
 */
export async function createExpectedChannelBindings(options: {
  readonly servedCertificates: string | null
  readonly certificateFiles: readonly string[]
}): Promise<() => Promise<readonly Uint8Array[]>> {
  const { servedCertificates, certificateFiles } = options
  const own = servedCertificates === null ? [] : [bindingsOf(servedCertificates, 'the server’s TLS')]
  const readAll = async () => [...own, ...(await Promise.all(certificateFiles.map(readBindings)))]
  await readAll()
  return readAll
}

async function readBindings(file: string): Promise<Uint8Array> {
  return bindingsOf(await readFile(file, 'latin1'), file)
}

function bindingsOf(pem: string, where: string): Uint8Array {
  try {
    const first = decodePem(pem).find(({ label }) => label === 'CERTIFICATE')
    if (first === undefined) throw unusable(where, 'there is none in PEM form')
    const bindings = tlsServerEndPointBindings(first.bytes)
    if (bindings !== null) return bindings
  } catch (error) {
    if (error instanceof X509Error) throw unusable(where, error.message)
    throw error
  }
  throw unusable(where, 'bindings to one that is signed by this algorithm are not defined')
}

function unusable(where: string, reason: string): UsageError {
  return new UsageError(
    `Tickets cannot be bound to the certificate of ${where}: ${reason}. Use another certificate, or set ` +
      'CARDINAL_NEGOTIATE_CHANNEL_BINDING to off.',
  )
}
