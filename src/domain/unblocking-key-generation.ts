import { type Refusal, refuse } from './refusal.ts'

/**
 * What is known of the PIN unblocking keys (PUKs) of one PIV card, as generations: 0 stands for the one of its maker, and
 * each that the server makes is a generation above.
 *
 * A card changes its PUK only for who presents the one that it has, and no number of lost answers alters that. So it has
 * either the confirmed one or the highest that was ever told, whichever requests ask, set, end or die in whatever order,
 * as long as none is told another one while the highest is not confirmed.
 */
export interface KnownGenerations {
  /** The one that the card was said to have last, by a completed request or by one that another's was to be set first. */
  readonly confirmed: number
  /** What the present request was told already; null before. */
  readonly ofRequest: number | null
  /** The highest one that any other request was told; 0 where none was. */
  readonly highestOfOthers: number
}

export interface GenerationsToTell {
  /** 0 for the one of the card's maker. */
  readonly confirmed: number
  /** What the card may have instead, as another request was told it and it was not confirmed since; null where none was. */
  readonly lastTold: number | null
  /** Told to one request alone, as often as that one asks. null until `lastTold` is confirmed. */
  readonly next: number | null
}

/**
 * Which PUKs a request is told. The next one is above all that were ever told, to whomever: an owner who asks for PUKs
 * and cancels learns none that a later owner's card gets.
 */
export function generationsToTell({
  confirmed,
  ofRequest,
  highestOfOthers,
}: KnownGenerations): GenerationsToTell | Refusal {
  if (ofRequest !== null) {
    return highestOfOthers > ofRequest ? overtaken() : { confirmed, lastTold: null, next: ofRequest }
  }
  if (highestOfOthers > confirmed) return { confirmed, lastTold: highestOfOthers, next: null }
  return { confirmed, lastTold: null, next: confirmed + 1 }
}

/**
 * Which one a request may say that the card has before it is completed: the one that it is told as `lastTold`, to set that
 * first. Its own counts by its completion alone, as saying so earlier would serve nobody but who does not hold the card.
 * null where there is none.
 */
export function confirmableGeneration({
  confirmed,
  ofRequest,
  highestOfOthers,
}: KnownGenerations): number | null {
  if (ofRequest !== null || highestOfOthers === 0 || highestOfOthers < confirmed) return null
  return highestOfOthers
}

/** What counts once the card is said to have one: whoever says so of an earlier one was late. */
export function confirmedGeneration(confirmed: number, said: number): number {
  return Math.max(confirmed, said)
}

/** It had gone on only with a PUK that the other request replaces, and would leave one on the card that nobody expects. */
function overtaken(): Refusal {
  return refuse(
    'RequestStateForbids',
    'Another request has gone on with this card since, and sets its PUK. Cancel the present one, and make another if the ' +
      'card still needs it.',
    'told unblocking keys: overtaken',
  )
}
