/**
 * What became of what was on a card, in a sentence for people.
 *
 * @param kept the ids of keys whose private part stayed
 */
export function describeErasure(kept: readonly string[]): string {
  return kept.length === 0
    ? 'Erased what was on the card.'
    : `Erased the certificates on the card, but not the ${describeKeptKeys(kept)}`
}

/**
 * Which private keys stayed, why, and what to do: the end of a sentence and one more, for people.
 *
 * @param kept their ids, one at least
 */
export function describeKeptKeys(kept: readonly string[]): string {
  const them = kept.length === 1 ? 'it' : 'them'
  return (
    `private key${kept.length === 1 ? '' : 's'} in ${kept.join(', ').toUpperCase()}: the card neither deletes nor replaces ` +
    `${them}. Whoever has the card and its PIN can sign with ${them}: destroy the card rather than hand it on.`
  )
}
