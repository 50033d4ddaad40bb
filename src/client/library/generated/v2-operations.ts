// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.
import type { ApiTokenView, CallerView, DecidedRequestView, NewApiTokenView, SessionView } from './answers.ts'

/** Our additions to it. */
export interface V2Operations {
  /** The API tokens of the caller; for administrators, of any user */
  'GET /v2.0/api-tokens': {
    readonly input: {
      readonly query?: {
        /** The uuid or the account name of a user; the caller where it is left out */
        readonly user?: string
      }
    }
    readonly answer: readonly ApiTokenView[]
  }
  /** Create an API token of the caller */
  'POST /v2.0/api-tokens': {
    readonly input: {
      readonly body: {
        /** What it is for */
        readonly name: string
        /** read, request, approve, card-secret, administer */
        readonly scopes: readonly string[]
        /** A date with time (RFC 3339), at most 366 days from now */
        readonly expires: string
      }
    }
    readonly answer: NewApiTokenView
  }
  /** Revoke an API token of the caller; for administrators, of any user */
  'DELETE /v2.0/api-tokens/{uuid}': {
    readonly input: {
      readonly path: { readonly uuid: string }
    }
    readonly answer: null
  }
  /** Approve or deny a pending request */
  'POST /v2.0/requests/{id}/approvals': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly body: {
        /** Approve, Deny */
        readonly decision: string
        readonly comment?: string | null
      }
    }
    readonly answer: DecidedRequestView
  }
  /** Bind a physical or virtual card to a request */
  'POST /v2.0/requests/{id}/smartcards': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly body: {
        /** A GUID: the card id, or a serial number in the form of one */
        readonly cardId: string
        readonly answerToReset?: string | null
        /** GIDS-3DES, PIV-3DES, PIV-AES-128, PIV-AES-192, PIV-AES-256 */
        readonly adminKeyType?: string
      }
    }
    readonly answer: { readonly uuid: string }
  }
  /** The diversified key that the client is to set on the card */
  'POST /v2.0/requests/{id}/smartcards/{smartcard}/admin-key': {
    readonly input: {
      readonly path: { readonly id: string; readonly smartcard: string }
    }
    readonly answer: {
      /** Base64. A secret. */
      readonly key: string
    }
  }
  /** The answer to a challenge of the card */
  'POST /v2.0/requests/{id}/smartcards/{smartcard}/authentication-response': {
    readonly input: {
      readonly path: { readonly id: string; readonly smartcard: string }
      readonly body: {
        /** Base64: 8 bytes, or 16 for a key of AES */
        readonly challenge: string
        /** Whether the card holds its diversified key already */
        readonly diversified: boolean
      }
    }
    readonly answer: {
      /** Base64. A secret. */
      readonly response: string
    }
  }
  /** The PUK of a PIV card, and the one that takes its place with this request */
  'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key': {
    readonly input: {
      readonly path: { readonly id: string; readonly smartcard: string }
    }
    readonly answer: {
      /** 8 digits; null where the card has its maker's. A secret. */
      readonly current: string | null
      /** What the card may have instead, as another request was told it and was not completed; null where that cannot be. A secret. */
      readonly lastTold: string | null
      /** 8 digits, told to this request alone. null beside a lastTold: set that one, confirm it, and ask again. A secret. */
      readonly next: string | null
      /** Whether no assignment of the card was ever completed: it may have its maker's PUK still, whatever current says. */
      readonly isCardNew: boolean
    }
  }
  /** Confirm that a PIV card has the PUK that another request was told last */
  'POST /v2.0/requests/{id}/smartcards/{smartcard}/unblocking-key/confirmation': {
    readonly input: {
      readonly path: { readonly id: string; readonly smartcard: string }
      readonly body: {
        /** The lastTold. A secret. */
        readonly unblockingKey: string
      }
    }
    readonly answer: null
  }
  /** End the session: nothing happens where there is none */
  'DELETE /v2.0/session': {
    readonly input: Record<never, never>
    readonly answer: null
  }
  /** Who the caller is */
  'GET /v2.0/session': {
    readonly input: Record<never, never>
    readonly answer: CallerView
  }
  /** Begin a session: sets its cookie */
  'POST /v2.0/session': {
    readonly input: Record<never, never>
    readonly answer: CallerView
  }
  /** End all sessions of the caller but the one that makes the call; with a user, all sessions of that user */
  'DELETE /v2.0/sessions': {
    readonly input: {
      readonly query?: {
        /** The uuid or the account name of a user; the caller where it is left out */
        readonly user?: string
      }
    }
    readonly answer: null
  }
  /** The sessions of the caller; for administrators, of any user */
  'GET /v2.0/sessions': {
    readonly input: {
      readonly query?: {
        /** The uuid or the account name of a user; the caller where it is left out */
        readonly user?: string
      }
    }
    readonly answer: readonly SessionView[]
  }
  /** End a session of the caller; for administrators, of any user */
  'DELETE /v2.0/sessions/{uuid}': {
    readonly input: {
      readonly path: { readonly uuid: string }
    }
    readonly answer: null
  }
}
