// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.
import type {
  CertificateResponseView,
  GenerationOptionsView,
  HeldCertificateView,
  PolicyView,
  ProfileTemplateView,
  ProfileView,
  RequestView,
  SmartcardConfigurationView,
  SmartcardView,
  UserCertificateView,
} from './answers.ts'

/** MIM CM's own API. */
export interface V1Operations {
  /** The caller's certificates, without those of retired profiles */
  'GET /v1.0/certificates': {
    readonly input: {
      readonly query?: {
        /** Goes on behind the page before, of at most 1000 items: taken from its Link header */
        readonly after?: string
      }
    }
    readonly answer: readonly UserCertificateView[] | null
  }
  /** The caller's profiles with the operations that the caller may ask for */
  'GET /v1.0/profiles': {
    readonly input: {
      readonly query?: {
        /** New, Active, Disabled, Suspended, Retired */
        readonly status?: string
        /** Goes on behind the page before, of at most 1000 items: taken from its Link header */
        readonly after?: string
      }
    }
    readonly answer: readonly ProfileView[] | null
  }
  /** One profile */
  'GET /v1.0/profiles/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: ProfileView | null
  }
  /** The certificates of a profile */
  'GET /v1.0/profiles/{id}/certificates': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: readonly HeldCertificateView[] | null
  }
  /** What the caller may ask for on a profile */
  'GET /v1.0/profiles/{id}/operations': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: readonly string[] | null
  }
  /** Profile templates that the caller may enroll for, or start another workflow with */
  'GET /v1.0/profiletemplates': {
    readonly input: {
      readonly query?: {
        readonly targetuser?: string
        /** Enroll where absent */
        readonly workflow?: string
        /** Read, Enroll or Manage */
        readonly permission?: string
      }
    }
    readonly answer: readonly ProfileTemplateView[] | null
  }
  /** One profile template */
  'GET /v1.0/profiletemplates/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: ProfileTemplateView | null
  }
  /** How the smart cards of a profile template are prepared */
  'GET /v1.0/profiletemplates/{id}/configuration/smartcards': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: SmartcardConfigurationView | null
  }
  /** The policy of a profile template for one workflow */
  'GET /v1.0/profiletemplates/{id}/policies/{type}': {
    readonly input: {
      readonly path: {
        readonly id: string
        /** Enroll, Duplicate, OfflineUnblock, OnlineUpdate, Renew, Recover, RecoverOnBehalf, Reinstate, Retire, Revoke, Disable, Suspend, TemporaryCards, TemporaryEnroll, Unblock */
        readonly type: string
      }
    }
    readonly answer: PolicyView | null
  }
  /** The policy of a profile template for one workflow */
  'GET /v1.0/profiletemplates/{id}/policy/workflow/{type}': {
    readonly input: {
      readonly path: {
        readonly id: string
        /** Enroll, Duplicate, OfflineUnblock, OnlineUpdate, Renew, Recover, RecoverOnBehalf, Reinstate, Retire, Revoke, Disable, Suspend, TemporaryCards, TemporaryEnroll, Unblock */
        readonly type: string
      }
    }
    readonly answer: PolicyView | null
  }
  /** Requests that the caller made or that are for the caller */
  'GET /v1.0/requests': {
    readonly input: {
      readonly query?: {
        readonly targetuser?: string
        /** Approved, Denied, Completed, Failed, Pending, Canceled, Cancelled, Executing, Abandoned */
        readonly status?: string
        /** Goes on behind the page before, of at most 1000 items: taken from its Link header */
        readonly after?: string
      }
    }
    readonly answer: readonly RequestView[] | null
  }
  /** Make a request */
  'POST /v1.0/requests': {
    readonly input: {
      readonly body: {
        /** Enroll, Duplicate, OfflineUnblock, OnlineUpdate, Renew, Recover, RecoverOnBehalf, Reinstate, Retire, Revoke, Disable, Suspend, TemporaryCards, TemporaryEnroll, Unblock */
        readonly type: string
        readonly profiletemplateuuid?: string | null
        readonly smartcard?: string | null
        readonly profile?: string | null
        readonly target?: string | null
        readonly datacollection?: unknown
        readonly comment?: string | null
        readonly priority?: number | string | null
      }
    }
    readonly answer: string
  }
  /** One request */
  'GET /v1.0/requests/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: RequestView | null
  }
  /** Complete, cancel or abandon a request */
  'PUT /v1.0/requests/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly body: {
        /** Completed, Canceled, Cancelled, Abandoned */
        readonly status: string
      }
    }
    readonly answer: RequestView
  }
  /** The card of a request */
  'GET /v1.0/requests/{reqid}/smartcards/{scid}': {
    readonly input: {
      readonly path: { readonly reqid: string; readonly scid: string }
    }
    readonly answer: SmartcardView | null
  }
  /** Set the card's status; without a status, the one that the request's type leads to */
  'PUT /v1.0/requests/{reqid}/smartcards/{scid}': {
    readonly input: {
      readonly path: { readonly reqid: string; readonly scid: string }
      readonly body: { readonly status?: string | null }
    }
    readonly answer: SmartcardView
  }
  /** The answer to the card's challenge: 8 bytes in base64 */
  'GET /v1.0/requests/{reqid}/smartcards/{scid}/authenticationresponse': {
    readonly input: {
      readonly path: { readonly reqid: string; readonly scid: string }
      readonly query: {
        readonly cardid: string
        /** 8 bytes in base64 */
        readonly challenge: string
        /** True where the card holds its diversified key already */
        readonly diversified: string
        /** Answer to reset; taken and not needed */
        readonly atr?: string
      }
    }
    readonly answer: string | null
  }
  /** The card's diversified admin key: 24 bytes in base64 */
  'GET /v1.0/requests/{reqid}/smartcards/{scid}/diversifiedkey': {
    readonly input: {
      readonly path: { readonly reqid: string; readonly scid: string }
      readonly query: {
        readonly cardid: string
        /** Answer to reset; taken and not needed */
        readonly atr?: string
      }
    }
    readonly answer: string | null
  }
  /** The PIN that the server proposes */
  'GET /v1.0/requests/{reqid}/smartcards/{scid}/serverproposedpin': {
    readonly input: {
      readonly path: { readonly reqid: string; readonly scid: string }
      readonly query?: {
        readonly cardid?: string
        /** Taken and not needed */
        readonly challenge?: string
        /** Answer to reset; taken and not needed */
        readonly atr?: string
      }
    }
    readonly answer: string | null
  }
  /** Send certificate requests (PKCS#10 in base64) and get the certificates */
  'POST /v1.0/requests/{requestid}/certificatedata': {
    readonly input: {
      readonly path: { readonly requestid: string }
      readonly body: {
        readonly pfxpassword?: string | null
        readonly certificaterequests: readonly string[]
        readonly comments?: string | null
      }
    }
    readonly answer: readonly CertificateResponseView[]
  }
  /** How the client makes its keys and certificate requests, one element each */
  'GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions': {
    readonly input: {
      readonly path: { readonly requestid: string }
    }
    readonly answer: readonly GenerationOptionsView[] | null
  }
  /** The profiles of a request */
  'GET /v1.0/requests/{requestid}/profiles': {
    readonly input: {
      readonly path: { readonly requestid: string }
    }
    readonly answer: readonly ProfileView[] | null
  }
  /** One profile of a request */
  'GET /v1.0/requests/{requestid}/profiles/{id}': {
    readonly input: {
      readonly path: { readonly requestid: string; readonly id: string }
    }
    readonly answer: ProfileView | null
  }
  /** The caller's cards; with cardid the one card, as an object */
  'GET /v1.0/smartcards': {
    readonly input: {
      readonly query?: {
        readonly cardid?: string
        /** Goes on behind the page before, of at most 1000 items: taken from its Link header */
        readonly after?: string
      }
    }
    readonly answer: SmartcardView | readonly SmartcardView[] | null
  }
  /** Bind a physical or virtual card to a request */
  'POST /v1.0/smartcards': {
    readonly input: {
      readonly body: { readonly requestid: string; readonly cardid: string; readonly atr?: string | null }
    }
    readonly answer: string
  }
  /** One card */
  'GET /v1.0/smartcards/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: SmartcardView | null
  }
  /** The certificates of a card */
  'GET /v1.0/smartcards/{id}/certificates': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: readonly HeldCertificateView[] | null
  }
  /** What the caller may ask for on a card */
  'GET /v1.0/smartcards/{id}/operations': {
    readonly input: {
      readonly path: { readonly id: string }
    }
    readonly answer: readonly string[] | null
  }
  /** The PIN that the server proposes, by the card alone */
  'GET /v1.0/smartcards/{id}/serverproposedpin': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly query?: {
        readonly cardid?: string
        /** Taken and not needed */
        readonly challenge?: string
        /** Answer to reset; taken and not needed */
        readonly atr?: string
      }
    }
    readonly answer: string | null
  }
}
