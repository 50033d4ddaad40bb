/**
 * What is known of the PIN unblocking keys (PUKs) of one PIV card, as generations: 0 stands for the one of its maker, and
 * each that the server makes is a generation above.
 */
export interface KnownGenerations {
  /** The one that the card has for sure, as of the last completed request. */
  readonly confirmed: number
  /** What the present request was told already; null before. */
  readonly ofRequest: number | null
  /** The highest one that any other request was told; 0 where none was. */
  readonly highestOfOthers: number
}

export interface GenerationsToTell {
  /** 0 for the one of the card's maker. */
  readonly confirmed: number
  /**
   * What the card has where the last request that was told a PUK set it and never ended with success. null where every
   * one that was told since has been confirmed.
   */
  readonly lastTold: number | null
  /** Told to one request alone, as often as that one asks. */
  readonly next: number
}

/**
 * Which PUKs a request is told. The next one is above all that were ever told, to whomever: an owner who asks for PUKs
 * and cancels learns none that a later owner's card gets.
 */
export function generationsToTell({
  confirmed,
  ofRequest,
  highestOfOthers,
}: KnownGenerations): GenerationsToTell {
  return {
    confirmed,
    lastTold: highestOfOthers > confirmed ? highestOfOthers : null,
    next: ofRequest ?? Math.max(confirmed, highestOfOthers) + 1,
  }
}
