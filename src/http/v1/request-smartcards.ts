import { Type } from 'typebox'
import type { Environment } from '../../workflows/environment.ts'
import { readRequestSmartcard } from '../../workflows/queries/read-request-smartcard.ts'
import { answerAuthenticationResponse } from '../../workflows/smartcards/answer-authentication-response.ts'
import { answerDiversifiedKey } from '../../workflows/smartcards/answer-diversified-key.ts'
import { proposePin } from '../../workflows/smartcards/propose-pin.ts'
import { updateSmartcardStatus } from '../../workflows/smartcards/update-smartcard-status.ts'
import { type Api, callerOf, jsonString } from '../api.ts'
import { found, optionalString, wordIn } from '../schemas.ts'
import { base64View } from './base64.ts'
import { parseChallenge, parseFlag } from './challenge.ts'
import { parseName } from './enumeration.ts'
import { parseIdentifier, parseOptionalIdentifier } from './identifier.ts'
import { smartcardStatusNames } from './numbers.ts'
import { smartcardSchema, smartcardView } from './smartcard-view.ts'

const pathParameters = Type.Object({ reqid: Type.String(), scid: Type.String() })

const atr = Type.Optional(Type.String({ description: 'Answer to reset; taken and not needed' }))

/** The part of the controller Smartcards that works on the card of a request. */
export function addRequestSmartcardRoutes(api: Api, environment: Environment): void {
  const tags = ['Smartcards']

  api.get(
    '/requests/:reqid/smartcards/:scid',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'The card of a request',
        params: pathParameters,
        response: found(smartcardSchema),
      },
    },
    async (request, reply) => {
      const { requestUuid, smartcardUuid } = pathIdentifiers(request.params)
      const card = await readRequestSmartcard(environment, callerOf(request), requestUuid, smartcardUuid)
      if (card === null) return reply.code(204).send()
      return reply.send(smartcardView(card))
    },
  )

  api.put(
    '/requests/:reqid/smartcards/:scid',
    {
      config: { access: 'request' },
      schema: {
        tags,
        summary: "Set the card's status; without a status, the one that the request's type leads to",
        params: pathParameters,
        body: Type.Object({ status: optionalString }),
        response: { 200: smartcardSchema },
      },
    },
    async request => {
      const status = request.body.status ?? null
      const card = await updateSmartcardStatus(environment, callerOf(request), {
        ...pathIdentifiers(request.params),
        status: status === null ? null : parseName(smartcardStatusNames, status, 'status'),
      })
      return smartcardView(card)
    },
  )

  api.get(
    '/requests/:reqid/smartcards/:scid/diversifiedkey',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: "The card's diversified admin key: 24 bytes in base64",
        params: pathParameters,
        querystring: Type.Object({ cardid: Type.String(), atr }),
        response: found(Type.String()),
      },
    },
    async (request, reply) => {
      const key = await answerDiversifiedKey(environment, callerOf(request), {
        ...pathIdentifiers(request.params),
        cardId: parseIdentifier(request.query.cardid, 'cardid'),
      })
      return reply.send(jsonString(reply, base64View(key)))
    },
  )

  api.get(
    '/requests/:reqid/smartcards/:scid/authenticationresponse',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: "The answer to the card's challenge: 8 bytes in base64",
        params: pathParameters,
        querystring: Type.Object({
          cardid: Type.String(),
          challenge: Type.String({ description: '8 bytes in base64' }),
          diversified: wordIn(['True', 'False'], 'True where the card holds its diversified key already'),
          atr,
        }),
        response: found(Type.String()),
      },
    },
    async (request, reply) => {
      const response = await answerAuthenticationResponse(environment, callerOf(request), {
        ...pathIdentifiers(request.params),
        cardId: parseIdentifier(request.query.cardid, 'cardid'),
        challenge: parseChallenge(request.query.challenge),
        diversified: parseFlag(request.query.diversified, 'diversified'),
      })
      return reply.send(jsonString(reply, base64View(response)))
    },
  )

  const pinParameters = Type.Object({
    cardid: Type.Optional(Type.String()),
    challenge: Type.Optional(Type.String({ description: 'Taken and not needed' })),
    atr,
  })
  const pinAnswer = found(
    Type.String({ description: 'A PIN; nothing where the template leaves it to the user' }),
  )

  api.get(
    '/requests/:reqid/smartcards/:scid/serverproposedpin',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'The PIN that the server proposes',
        params: pathParameters,
        querystring: pinParameters,
        response: pinAnswer,
      },
    },
    async (request, reply) => {
      const pin = await proposePin(environment, callerOf(request), {
        ...pathIdentifiers(request.params),
        cardId: parseOptionalIdentifier(request.query.cardid, 'cardid'),
      })
      if (pin === null) return reply.code(204).send()
      return reply.send(jsonString(reply, pin))
    },
  )

  api.get(
    '/smartcards/:id/serverproposedpin',
    {
      config: { access: 'card-secret' },
      schema: {
        tags,
        summary: 'The PIN that the server proposes, by the card alone',
        params: Type.Object({ id: Type.String() }),
        querystring: pinParameters,
        response: pinAnswer,
      },
    },
    async (request, reply) => {
      const pin = await proposePin(environment, callerOf(request), {
        requestUuid: null,
        smartcardUuid: parseIdentifier(request.params.id, 'id'),
        cardId: parseOptionalIdentifier(request.query.cardid, 'cardid'),
      })
      if (pin === null) return reply.code(204).send()
      return reply.send(jsonString(reply, pin))
    },
  )
}

function pathIdentifiers(parameters: { reqid: string; scid: string }): {
  requestUuid: string
  smartcardUuid: string
} {
  return {
    requestUuid: parseIdentifier(parameters.reqid, 'reqid'),
    smartcardUuid: parseIdentifier(parameters.scid, 'scid'),
  }
}
