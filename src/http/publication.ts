import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { CardinalError } from '../domain/error.ts'
import type { Environment } from '../workflows/environment.ts'
import { readAuthorityCertificate } from '../workflows/publication/read-authority-certificate.ts'
import { readRevocationList } from '../workflows/publication/read-revocation-list.ts'
import type { Api } from './api.ts'
import { noBody, otherContent } from './schemas.ts'

/**
 * What certificates point to: the revocation list (RFC 5280 §4.2.1.13) and the certificate (§4.2.2.1) of an authority,
 * open to everybody and over plain HTTP, with the media types of RFC 2585 §4.
 */
export function addPublicationRoutes(api: Api, environment: Environment): void {
  const tags = ['Publication']
  const params = Type.Object({ authorityUuid: Type.String() })

  api.get(
    '/pki/:authorityUuid.crl',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'The latest revocation list of an authority, DER',
        params,
        response: der('application/pkix-crl'),
      },
    },
    async (request, reply) => {
      const uuid = authorityOf(request.params.authorityUuid)
      const list = await readRevocationList(environment, uuid)
      return sendDer(request, reply, list, 'application/pkix-crl', 60)
    },
  )

  api.get(
    '/pki/:authorityUuid.cer',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: "An authority's certificate, DER",
        params,
        response: der('application/pkix-cert'),
      },
    },
    async (request, reply) => {
      const uuid = authorityOf(request.params.authorityUuid)
      const certificate = readAuthorityCertificate(environment, uuid)
      return sendDer(request, reply, certificate, 'application/pkix-cert', 86_400)
    },
  )
}

function der(mediaType: string) {
  return { 200: otherContent(mediaType, 'DER'), 304: noBody('It has not changed.') }
}

function authorityOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase()
  throw noAuthority()
}

function noAuthority(): CardinalError {
  return new CardinalError('RouteNotFound', 'There is no such authority.')
}

function sendDer(
  request: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
  der: Uint8Array | null,
  mediaType: string,
  seconds: number,
): FastifyReply {
  if (der === null) throw noAuthority()
  const tag = `"${createHash('sha256').update(der).digest('base64url')}"`
  reply.headers({ 'cache-control': `public, max-age=${seconds}`, etag: tag })
  if (request.headers['if-none-match'] === tag) return reply.code(304).send()
  return reply.type(mediaType).send(Buffer.from(der))
}
