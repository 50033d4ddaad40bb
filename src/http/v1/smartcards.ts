import { type Static, Type } from 'typebox'
import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../../workflows/environment.ts'
import { findSmartcardByCardId } from '../../workflows/queries/find-smartcard-by-card-id.ts'
import { listSmartcards } from '../../workflows/queries/list-smartcards.ts'
import { readSmartcard } from '../../workflows/queries/read-smartcard.ts'
import { bindSmartcard } from '../../workflows/smartcards/bind-smartcard.ts'
import { type Api, callerOf, jsonString } from '../api.ts'
import { createdPath } from '../created-path.ts'
import { found, optionalString } from '../schemas.ts'
import { parseAnswerToReset } from './answer-to-reset.ts'
import { parseIdentifier, zeroIdentifier } from './identifier.ts'
import { pageParameters, parseAfter, sendPage } from './page.ts'
import { smartcardSchema, smartcardView } from './smartcard-view.ts'

type SmartcardView = Static<typeof smartcardSchema>

const oneOrMany = Type.Unsafe<SmartcardView | SmartcardView[]>(
  Type.Union([smartcardSchema, Type.Array(smartcardSchema)]),
)

export function addSmartcardRoutes(api: Api, environment: Environment): void {
  const tags = ['Smartcards']

  api.post(
    '/smartcards',
    {
      config: { access: 'request' },
      schema: {
        tags,
        summary: 'Bind a physical or virtual card to a request',
        body: Type.Object({ requestid: Type.String(), cardid: Type.String(), atr: optionalString }),
        response: { 201: Type.String({ description: 'api/v1.0/smartcards/<guid>' }) },
      },
    },
    async (request, reply) => {
      const smartcard = await bindSmartcard(environment, callerOf(request), {
        requestUuid: parseIdentifier(request.body.requestid, 'requestid'),
        cardId: parseCardIdentifier(request.body.cardid),
        answerToReset: parseAnswerToReset(request.body.atr),
      })
      reply.header('location', createdPath(request, smartcard.uuid))
      return reply.code(201).send(jsonString(reply, `api/v1.0/smartcards/${smartcard.uuid}`))
    },
  )

  api.get(
    '/smartcards',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: "The caller's cards; with cardid the one card, as an object",
        querystring: Type.Object({ cardid: Type.Optional(Type.String()), ...pageParameters }),
        response: found(oneOrMany),
      },
    },
    async (request, reply) => {
      const { cardid, after } = request.query
      if (cardid !== undefined) {
        const card = await findSmartcardByCardId(
          environment,
          callerOf(request),
          parseIdentifier(cardid, 'cardid'),
        )
        if (card === null) return reply.code(204).send()
        return reply.send(smartcardView(card))
      }
      const page = await listSmartcards(environment, callerOf(request), parseAfter(after))
      return sendPage(request, reply, page, smartcardView)
    },
  )

  api.get(
    '/smartcards/:id',
    {
      config: { access: 'read' },
      schema: {
        tags,
        summary: 'One card',
        params: Type.Object({ id: Type.String() }),
        response: found(smartcardSchema),
      },
    },
    async (request, reply) => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const card = await readSmartcard(environment, callerOf(request), uuid)
      if (card === null) return reply.code(204).send()
      return reply.send(smartcardView(card))
    },
  )
}

/** The zero GUID stands for "none", so that it names no card. */
function parseCardIdentifier(text: string): string {
  const cardId = parseIdentifier(text, 'cardid')
  if (cardId !== zeroIdentifier) return cardId
  throw new CardinalError('InvalidParameter', 'cardid: must not be the zero GUID.')
}
