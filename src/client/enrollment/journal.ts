import type { RequestSubject } from '../create-request.ts'
import type { RequestType } from '../enumerations.ts'
import type { ProcessIdentity } from '../process-identity.ts'

/**
 * What is known of the key that the card's administrator authenticates with: `default` is the one that its template's new
 * cards have, `own` the diversified one. While it is being changed, it may be either.
 */
export type AdminKeyKnowledge = 'probably-default' | 'probably-own' | 'default' | 'changing' | 'own'

/** A PUK that the card was sent and did not take; its name, as the journal keeps no secret. */
export interface SentUnblockingKey {
  /** Its maker's, or one by what the server says of it. */
  readonly name: 'factory' | 'confirmed' | 'lastTold' | 'next'
  /** Whether the card has said so; otherwise its answer was never read. */
  readonly isRefused: boolean
  /** As the refusal said; null where nothing did. */
  readonly triesLeft: number | null
}

export interface JournalCard {
  readonly kind: 'GIDS card' | 'PIV card'
  /** null for a blank card, until it is given one. */
  readonly cardId: string | null
  /** Whether the card stays the one that its user has, with its PIN and its keys. */
  readonly isUsersCard: boolean
  readonly adminKey: AdminKeyKnowledge
  /** Of a PIV card: whether it has the PUK that this request gives it. */
  readonly unblockingKey: 'earlier' | 'changing' | 'next'
  /** Since it last took one, in their order. Journals of earlier versions have none. */
  readonly unblockingKeysSent?: readonly SentUnblockingKey[]
  /**
   * Whether the request replaced the admin key of new cards, and the card has taken no PUK since: who does not hold a card
   * cannot make it look so otherwise.
   */
  readonly hadDefaultAdminKey?: boolean
  /** Whether nothing is on it that was there before the request. */
  readonly isErased: boolean
  readonly hasPin: boolean
  readonly smartcardUuid: string | null
  /** The keys that were there when the first one for this request was about to be made. */
  readonly earlierKeyIds: readonly string[] | null
}

/** A key and its certification request: the same request again is answered by the same certificate. */
export interface JournalCertificate {
  /** The key's name on the card, or in its file. */
  readonly keyId: string
  /** PKCS#10, base64 in lines. */
  readonly certificationRequest: string
}

/** A PKCS#11 token, whose keys bear the request's UUID in their CKA_ID. */
export interface Pkcs11Location {
  readonly kind: 'pkcs11'
  /** The library that speaks to the token. */
  readonly module: string
  /** Label or serial number, as it was asked for; null for the only token that there is. */
  readonly token: string | null
  /** Of keys and certificates; null for the user's name. */
  readonly label: string | null
  /** Whether certificates of the authorities go there too. */
  readonly withAuthorities: boolean
  /** Of the token that was found; from then on no other one is taken. */
  readonly serialNumber?: string
}

/** An NSS database. */
export interface NssLocation {
  readonly kind: 'nss'
  readonly directory: string
  /** null for the user's name. */
  readonly nickname: string | null
  /** The keys that were there when the first one for the request was about to be made. */
  readonly earlierKeyIds?: readonly string[]
}

/** Where certificates go. */
export type JournalTarget =
  | { readonly kind: 'reader' }
  | { readonly kind: 'virtual'; readonly file: string }
  | { readonly kind: 'pkcs12'; readonly file: string }
  | { readonly kind: 'pem'; readonly key: string; readonly certificate: string }
  | { readonly kind: 'request-file'; readonly request: string; readonly certificate: string }
  | Pkcs11Location
  | NssLocation
  | { readonly kind: 'none' }

/** A program that was started to change a token or database, and may outlive the process that started it. */
export interface JournalProgram extends ProcessIdentity {
  readonly name: string
}

/** Resolves once the program is in the journal. */
export type NoteProgram = (program: JournalProgram) => Promise<void>

/** Everything that is needed to go on with a request, and no secret. */
export interface Journal {
  readonly format: 1
  readonly server: string
  /** Who signed in: `DOMAIN\name`. */
  readonly account: string
  readonly operation: RequestType
  readonly subject: RequestSubject
  readonly target: JournalTarget
  /** ISO 8601. */
  readonly begun: string
  /** The user's open requests of this kind before ours was made; null until it is about to be. */
  readonly earlierRequestUuids: readonly string[] | null
  readonly requestUuid: string | null
  readonly card: JournalCard | null
  /** In the order of the server's generation options. */
  readonly certificates: readonly JournalCertificate[]
  /** Whether all certificates lie where they belong, so that only the completion is left. */
  readonly isInstalled: boolean
  /** The file whose PIN the card has refused, as it was then. */
  readonly refusedPinFile: { readonly file: string; readonly modified: number } | null
  /** The last one. */
  readonly program?: JournalProgram
}

export type NewJournal = Pick<Journal, 'server' | 'account' | 'operation' | 'subject' | 'target' | 'begun'>

/** Keeps a journal where the next process finds it. */
export interface JournalKeeper {
  /** As it was recorded last. */
  readonly journal: Journal
  /** Resolves once it would survive a power cut. */
  record(changes: Partial<Journal>): Promise<void>
  /** To be called when there is nothing to go on with any more. */
  remove(): Promise<void>
}

export function newJournal(about: NewJournal): Journal {
  return {
    format: 1,
    ...about,
    earlierRequestUuids: null,
    requestUuid: null,
    card: null,
    certificates: [],
    isInstalled: false,
    refusedPinFile: null,
  }
}

/** A journal for whoever does not want to go on in another process. */
export function keepInMemory(about: NewJournal): JournalKeeper {
  let journal = newJournal(about)
  return {
    get journal() {
      return journal
    },
    async record(changes) {
      journal = { ...journal, ...changes }
    },
    remove: async () => undefined,
  }
}
