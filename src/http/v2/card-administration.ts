import { Type } from 'typebox'
import { type AdminKeyType, adminKeyTypes } from '../../domain/admin-key-type.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../../workflows/environment.ts'
import { answerAuthenticationResponse } from '../../workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../workflows/smartcards/answer-diversified-key.ts'
import { answerUnblockingKey } from '../../workflows/smartcards/answer-unblocking-key.ts'
import { bindSmartcard } from '../../workflows/smartcards/bind-smartcard.ts'
import { confirmUnblockingKey } from '../../workflows/smartcards/confirm-unblocking-key.ts'
import { type Api, callerOf } from '../api.ts'
import { createdPath } from '../created-path.ts'
import { noBody, optionalString, wordIn } from '../schemas.ts'
import { parseAnswerToReset } from '../v1/answer-to-reset.ts'
import { parseIdentifier } from '../v1/identifier.ts'

const pathParameters = Type.Object({ id: Type.String(), smartcard: Type.String() })
const tags = ['Card administration']
const secret = Type.String({ description: 'Base64. A secret.' })

/**
 * What v1.0 does for GIDS cards alone, for cards with any type of key. Secrets are asked for by POST: neither challenges
 * nor card ids stand in an address.
 */
export function addCardAdministrationRoutes(api: Api, environment: Environment): void {
  addBindingRoute(api, environment)
  addKeyRoutes(api, environment)
}

function addBindingRoute(api: Api, environment: Environment): void {
  api.post(
    '/requests/:id/smartcards',
    {
      config: { access: 'request' },
      schema: {
        tags,
        summary: 'Bind a physical or virtual card to a request',
        params: Type.Object({ id: Type.String() }),
        body: Type.Object({
          cardId: Type.String({ description: 'A GUID: the card id, or a serial number in the form of one' }),
          answerToReset: optionalString,
          adminKeyType: Type.Optional(wordIn(adminKeyTypes)),
        }),
        response: { 201: Type.Object({ uuid: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { cardId, answerToReset, adminKeyType } = request.body
      const smartcard = await bindSmartcard(environment, callerOf(request), {
        requestUuid: parseIdentifier(request.params.id, 'id'),
        cardId: parseIdentifier(cardId, 'cardId'),
        answerToReset: parseAnswerToReset(answerToReset),
        ...(adminKeyType !== undefined && { adminKeyType: parseAdminKeyType(adminKeyType) }),
      })
      reply.header('location', createdPath(request, smartcard.uuid))
      return reply.code(201).send({ uuid: smartcard.uuid })
    },
  )
}

function addKeyRoutes(api: Api, environment: Environment): void {
  api.post(
    '/requests/:id/smartcards/:smartcard/admin-key',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'The diversified key that the client is to set on the card',
        params: pathParameters,
        response: { 200: Type.Object({ key: secret }) },
      },
    },
    async request => {
      const key = await answerDiversifiedKey(environment, callerOf(request), questionOf(request.params))
      return { key: Buffer.from(key).toString('base64') }
    },
  )

  api.post(
    '/requests/:id/smartcards/:smartcard/authentication-response',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'The answer to a challenge of the card',
        params: pathParameters,
        body: Type.Object({
          challenge: Type.String({ description: 'Base64: 8 bytes, or 16 for a key of AES' }),
          diversified: Type.Boolean({ description: 'Whether the card holds its diversified key already' }),
        }),
        response: { 200: Type.Object({ response: secret }) },
      },
    },
    async request => {
      const response = await answerAuthenticationResponse(environment, callerOf(request), {
        ...questionOf(request.params),
        challenge: parseChallenge(request.body.challenge),
        diversified: request.body.diversified,
      })
      return { response: Buffer.from(response).toString('base64') }
    },
  )

  api.post(
    '/requests/:id/smartcards/:smartcard/unblocking-key',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'The PUK of a PIV card, and the one that takes its place with this request',
        params: pathParameters,
        response: {
          200: Type.Object({
            current: Type.Unsafe<string | null>({
              type: ['string', 'null'],
              description: "8 digits; null where the card has its maker's. A secret.",
            }),
            lastTold: Type.Unsafe<string | null>({
              type: ['string', 'null'],
              description:
                'What the card may have instead, as another request was told it and was not completed; null where ' +
                'that cannot be. A secret.',
            }),
            next: Type.Unsafe<string | null>({
              type: ['string', 'null'],
              description:
                '8 digits, told to this request alone. null beside a lastTold: set that one, confirm it, and ask ' +
                'again. A secret.',
            }),
            isCardNew: Type.Boolean({
              description:
                "Whether no assignment of the card was ever completed: it may have its maker's PUK still, whatever " +
                'current says.',
            }),
          }),
        },
      },
    },
    async request => answerUnblockingKey(environment, callerOf(request), questionOf(request.params)),
  )

  api.post(
    '/requests/:id/smartcards/:smartcard/unblocking-key/confirmation',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'Confirm that a PIV card has the PUK that another request was told last',
        params: pathParameters,
        body: Type.Object({ unblockingKey: Type.String({ description: 'The lastTold. A secret.' }) }),
        response: { 204: noBody('It is the current one.') },
      },
    },
    async (request, reply) => {
      const { params, body } = request
      await confirmUnblockingKey(environment, callerOf(request), questionOf(params), body.unblockingKey)
      return reply.code(204).send()
    },
  )
}

function questionOf(parameters: { id: string; smartcard: string }) {
  return {
    requestUuid: parseIdentifier(parameters.id, 'id'),
    smartcardUuid: parseIdentifier(parameters.smartcard, 'smartcard'),
    cardId: null,
  }
}

function parseAdminKeyType(text: string): AdminKeyType {
  const type = adminKeyTypes.find(each => each === text)
  if (type !== undefined) return type
  throw new CardinalError('InvalidParameter', `adminKeyType: must be one of ${adminKeyTypes.join(', ')}.`)
}

function parseChallenge(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length <= 16 && bytes.toString('base64') === text) return Uint8Array.from(bytes)
  throw new CardinalError('InvalidParameter', 'challenge: must be at most 16 bytes in base64.')
}
