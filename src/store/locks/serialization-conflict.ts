/** The database gave this transaction up in favour of another one; it may succeed when it runs again. */
export class SerializationConflict extends Error {
  constructor(cause: unknown) {
    super('The transaction met a concurrent one.', { cause })
    this.name = 'SerializationConflict'
  }
}
