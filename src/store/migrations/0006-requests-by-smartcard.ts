/** A card's request is looked for by the card alone: `GET /smartcards/{id}/serverproposedpin`. */
export function requestsBySmartcard(): readonly string[] {
  return [
    'create index requests_by_new_smartcard on requests (new_smartcard_uuid, status, submitted desc, uuid)',
  ]
}
