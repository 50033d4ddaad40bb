import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import type { ClientCertificate } from '../workflows/ports/authenticator.ts'

/** One connection shows one certificate: it is not negotiated again. */
const ofConnections = new WeakMap<TLSSocket, ClientCertificate | null>()

/** The certificate that the client of this TLS connection showed; null where it showed none. */
export function clientCertificateOf({
  raw: { socket },
}: Pick<FastifyRequest, 'raw'>): ClientCertificate | null {
  if (!(socket instanceof TLSSocket)) return null
  const known = ofConnections.get(socket)
  if (known !== undefined) return known
  const certificate = readCertificate(socket)
  ofConnections.set(socket, certificate)
  return certificate
}

/** What the client sent along is not asked for: not every release of Node tells, and a resumed session has lost it. */
function readCertificate(socket: TLSSocket): ClientCertificate | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  return { der: Uint8Array.from(certificate.raw), fault: socket.authorized ? null : faultOf(socket) }
}

/** Declared as an Error; what Node puts there is the code of the fault in a string. */
function faultOf({ authorizationError }: TLSSocket): string {
  return String(authorizationError)
}
