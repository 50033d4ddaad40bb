import type { FastifyReply } from 'fastify'
import { contentSecurityPolicy } from './html-page.ts'

type PageReply = Pick<FastifyReply, 'headers'>

const policy = contentSecurityPolicy("'none'")
const policyWithForm = contentSecurityPolicy("'self'")

/** The headers of a page without a form. */
export function asPage<Reply extends PageReply>(reply: Reply): Reply {
  reply.headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  return reply
}

/**
 * The headers of a page whose form leads to this server. Under the policy `no-referrer` a browser sends a form with
 * `Origin: null` (Fetch, “append a request Origin header”), which says of no call that it is ours.
 */
export function asPageWithForm<Reply extends PageReply>(reply: Reply): Reply {
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policyWithForm,
    'referrer-policy': 'same-origin',
  })
  return reply
}
