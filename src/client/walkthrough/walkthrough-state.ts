import type { SmartCard } from '../../card/smart-card.ts'

/**
 * How far a walkthrough has come: what neither the server nor the card can tell. `runWalkthrough` keeps it up to date,
 * so that a run that was interrupted goes on when it is called again with the same state.
 */
export interface WalkthroughState {
  /** null before the request was created, or while that is uncertain. */
  requestUuid: string | null
  /** null before the card was created. */
  card: SmartCard | null
  hasDiversifiedKey: boolean
  hasUserPin: boolean
  /** The key that the certificate is for; null before it was made. */
  keyId: string | null
  /** Base64 in lines; sent again as it is, it is answered with the same certificate. */
  certificationRequest: string | null
  /** The answer to it, base64 in lines, kept once the certificate is on the card. */
  certificateAnswer: string | null
}

/** @param known a request to go on with, and the card that is bound to it if there is one */
export function newWalkthroughState(known: Partial<WalkthroughState> = {}): WalkthroughState {
  return {
    requestUuid: null,
    card: null,
    hasDiversifiedKey: false,
    hasUserPin: false,
    keyId: null,
    certificationRequest: null,
    certificateAnswer: null,
    ...known,
  }
}
