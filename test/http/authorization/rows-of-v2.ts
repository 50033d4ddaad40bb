import { randomUUID } from 'node:crypto'
import { everyUser, notPermitted, only, ownersAlone, ownersAndAdministrators } from './outcomes.ts'
import { inDays, type Possessions } from './possessions.ts'
import type { PublicRow, Row } from './row.ts'

const v2 = '/CertificateManagement/api/v2.0'
const cardOf = ({ executing }: Possessions) =>
  `${v2}/requests/${executing.request}/smartcards/${executing.smartcard}`

/** The additions to the API of MIM CM. */
export const rowsOfV2: Readonly<Record<string, Row>> = {
  [`POST ${v2}/requests/:id/smartcards`]: {
    access: 'request',
    call: ({ executing }) => ({
      url: `${v2}/requests/${executing.request}/smartcards`,
      payload: { cardId: executing.cardId, adminKeyType: 'GIDS-3DES' },
    }),
    ...ownersAlone('201'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/admin-key`]: {
    access: 'card-secret',
    call: owner => ({ url: `${cardOf(owner)}/admin-key` }),
    ...ownersAlone('200'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/authentication-response`]: {
    access: 'card-secret',
    call: owner => ({
      url: `${cardOf(owner)}/authentication-response`,
      payload: { challenge: '1hFD+cz/0so=', diversified: true },
    }),
    ...ownersAlone('200'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/unblocking-key`]: {
    access: 'card-secret',
    call: owner => ({ url: `${cardOf(owner)}/unblocking-key` }),
    ...ownersAlone('403 PolicyForbids'),
  },
  [`POST ${v2}/requests/:id/smartcards/:smartcard/unblocking-key/confirmation`]: {
    access: 'card-secret',
    call: owner => ({
      url: `${cardOf(owner)}/unblocking-key/confirmation`,
      payload: { unblockingKey: '00000000' },
    }),
    // No PUK was told of a GIDS card.
    ...ownersAlone('409 ConcurrentChange'),
  },
  [`POST ${v2}/requests/:id/approvals`]: {
    access: 'approve',
    call: ({ pending }) => ({ url: `${v2}/requests/${pending}/approvals`, payload: { decision: 'Approve' } }),
    spends: 'pending',
    // Nobody decides on a request of their own.
    own: everyUser(notPermitted),
    others: only(['manager'], '200'),
  },
  [`POST ${v2}/session`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/session` }),
    needsHeader: true,
    makesCredentials: true,
    whoever: everyUser('200'),
  },
  [`GET ${v2}/session`]: {
    access: 'read',
    call: () => ({ url: `${v2}/session` }),
    whoever: everyUser('200'),
  },
  [`GET ${v2}/sessions`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/sessions` }),
    whoever: everyUser('200'),
  },
  [`GET ${v2}/sessions (by uuid)`]: {
    access: 'personal',
    call: ({ uuid }) => ({ url: `${v2}/sessions?user=${uuid}` }),
    ...ownersAndAdministrators('200'),
  },
  [`GET ${v2}/sessions (by name)`]: {
    access: 'personal',
    call: ({ account }) => ({ url: `${v2}/sessions?user=contoso%5C${account.toUpperCase()}` }),
    ...ownersAndAdministrators('200'),
  },
  [`GET ${v2}/sessions (of nobody)`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/sessions?user=nobody` }),
    whoever: only(['administrator'], '404 UserNotFound'),
  },
  [`DELETE ${v2}/sessions/:uuid`]: {
    access: 'personal',
    call: ({ session }) => ({ url: `${v2}/sessions/${session}` }),
    spends: 'session',
    ...ownersAndAdministrators('204'),
  },
  [`DELETE ${v2}/sessions/:uuid (of nobody)`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/sessions/${randomUUID()}` }),
    whoever: everyUser('404 SessionNotFound'),
  },
  [`DELETE ${v2}/sessions`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/sessions` }),
    spends: 'session',
    endsSessions: true,
    whoever: everyUser('204'),
  },
  [`DELETE ${v2}/sessions (by name)`]: {
    access: 'personal',
    call: ({ account }) => ({ url: `${v2}/sessions?user=contoso%5C${account}` }),
    spends: 'session',
    endsSessions: true,
    ...ownersAndAdministrators('204'),
  },
  [`POST ${v2}/api-tokens`]: {
    access: 'personal',
    call: () => ({
      url: `${v2}/api-tokens`,
      payload: { name: 'matrix', scopes: ['read'], expires: inDays(2) },
    }),
    makesCredentials: true,
    whoever: everyUser('201'),
  },
  [`GET ${v2}/api-tokens`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/api-tokens` }),
    whoever: everyUser('200'),
  },
  [`GET ${v2}/api-tokens (by uuid)`]: {
    access: 'personal',
    call: ({ uuid }) => ({ url: `${v2}/api-tokens?user=${uuid}` }),
    ...ownersAndAdministrators('200'),
  },
  [`DELETE ${v2}/api-tokens/:uuid`]: {
    access: 'personal',
    call: ({ apiToken }) => ({ url: `${v2}/api-tokens/${apiToken}` }),
    spends: 'apiToken',
    ...ownersAndAdministrators('204'),
  },
  [`DELETE ${v2}/api-tokens/:uuid (of nobody)`]: {
    access: 'personal',
    call: () => ({ url: `${v2}/api-tokens/${randomUUID()}` }),
    whoever: everyUser('404 ApiTokenNotFound'),
  },
}

/** @param authorityUuid of an authority that has published its certificate, and no revocation list */
export function publicRows(authorityUuid: string): Readonly<Record<string, PublicRow>> {
  return {
    [`DELETE ${v2}/session`]: { url: `${v2}/session`, outcome: '204' },
    'GET /health/live': { url: '/health/live', outcome: '200' },
    'GET /health/ready': { url: '/health/ready', outcome: '200' },
    'GET /sign-in': { url: '/sign-in', outcome: '303' },
    // A page, which says that nobody comes back from the provider with this.
    'GET /sign-in/callback': { url: '/sign-in/callback', outcome: '403' },
    // A page, which says who is signed in by session, or that nobody is.
    'GET /signed-in': { url: '/signed-in', outcome: '200' },
    'POST /sign-out': { url: '/sign-out', outcome: '200' },
    'GET /pki/:authorityUuid.crl': { url: `/pki/${authorityUuid}.crl`, outcome: '404 RouteNotFound' },
    'GET /pki/:authorityUuid.cer': { url: `/pki/${authorityUuid}.cer`, outcome: '200' },
  }
}
