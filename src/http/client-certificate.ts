import { type DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { ClientCertificate } from '../workflows/ports.ts'

/** No chain is longer; a client that sends more is not read to the end. */
const longestChain = 8

/** The certificate that the client of this TLS connection showed; null where it showed none. */
export function clientCertificateOf({
  raw: { socket },
}: Pick<FastifyRequest, 'raw'>): ClientCertificate | null {
  if (!(socket instanceof TLSSocket)) return null
  const certificate = socket.getPeerCertificate(true)
  if (certificate.raw === undefined) return null
  return { chain: chainOf(certificate), fault: socket.authorized ? null : faultOf(socket) }
}

/** Node hangs each issuer on its subject; a root is its own. */
function chainOf(certificate: DetailedPeerCertificate): Uint8Array[] {
  const chain: Uint8Array[] = []
  let next: DetailedPeerCertificate | undefined = certificate
  while (next?.raw !== undefined && chain.length < longestChain) {
    chain.push(Uint8Array.from(next.raw))
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

/** Declared as an Error; what Node puts there is the code of the fault in a string. */
function faultOf({ authorizationError }: TLSSocket): string {
  return String(authorizationError)
}
