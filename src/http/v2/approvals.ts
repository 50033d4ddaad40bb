import { Type } from 'typebox'
import { CardinalError } from '../../domain/error.ts'
import type { Environment } from '../../workflows/environment.ts'
import { approveRequest } from '../../workflows/requests/approve-request.ts'
import { type Api, callerOf } from '../api.ts'
import { optionalString, wordIn } from '../schemas.ts'
import { parseIdentifier } from '../v1/identifier.ts'
import { parseText } from '../v1/text.ts'
import { requestSchema, requestView } from './request-view.ts'

export function addApprovalRoutes(api: Api, environment: Environment): void {
  api.post(
    '/requests/:id/approvals',
    {
      config: { access: 'approve' },
      schema: {
        tags: ['Approvals'],
        summary: 'Approve or deny a pending request',
        params: Type.Object({ id: Type.String() }),
        body: Type.Object({
          decision: wordIn(['Approve', 'Deny']),
          comment: optionalString,
        }),
        response: { 200: requestSchema },
      },
    },
    async request => {
      const uuid = parseIdentifier(request.params.id, 'id')
      const decision = parseDecision(request.body.decision)
      const comment = parseText(request.body.comment, 'comment')
      return requestView(await approveRequest(environment, callerOf(request), uuid, { decision, comment }))
    },
  )
}

function parseDecision(text: string): 'approve' | 'deny' {
  const word = text.trim().toLowerCase()
  if (word === 'approve' || word === 'deny') return word
  throw new CardinalError('InvalidParameter', 'decision: must be one of Approve, Deny.')
}
