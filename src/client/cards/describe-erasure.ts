/**
 * What became of what was on a card, in a sentence for people.
 *
 * @param kept the ids of keys whose private part stayed
 */
export function describeErasure(kept: readonly string[]): string {
  if (kept.length === 0) return 'Erased what was on the card.'
  const keys = `private key${kept.length === 1 ? '' : 's'} in ${kept.join(', ').toUpperCase()}`
  return (
    `Erased the certificates on the card, but not the ${keys}: the card neither deletes nor replaces ` +
    `${kept.length === 1 ? 'it' : 'them'}. Whoever has the card and its PIN can sign with ` +
    `${kept.length === 1 ? 'it' : 'them'}: destroy the card rather than hand it on.`
  )
}
