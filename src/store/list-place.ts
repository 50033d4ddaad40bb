import { CardinalError } from '../domain/error.ts'

/** Passes on where a page of a list begins. Throws InvalidParameter where the list has no such item. */
export function requirePlace<Place>(place: Place | undefined): Place {
  if (place !== undefined) return place
  throw new CardinalError('InvalidParameter', 'after: is nothing that this list has; begin it again without.')
}
