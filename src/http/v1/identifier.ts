import { CardinalError } from '../../domain/error.ts'

/** How the API writes "none" where an identifier stands (contract §2). */
export const zeroIdentifier = '00000000-0000-0000-0000-000000000000'

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Reads a GUID in any case, with or without braces and surrounding white space, into lower case without braces; null
 * where it is none.
 */
export function readIdentifier(text: string): string | null {
  const bare = text.trim().toLowerCase()
  const identifier = bare.startsWith('{') && bare.endsWith('}') ? bare.slice(1, -1).trim() : bare
  return canonical.test(identifier) ? identifier : null
}

/** As {@link readIdentifier}. Throws InvalidParameter that names the field where it is none. */
export function parseIdentifier(text: string, field: string): string {
  const identifier = readIdentifier(text)
  if (identifier !== null) return identifier
  throw new CardinalError('InvalidParameter', `${field}: must be a GUID.`)
}

/** As {@link parseIdentifier}; null where the field is absent, empty or the zero GUID. */
export function parseOptionalIdentifier(text: string | null | undefined, field: string): string | null {
  if (text === null || text === undefined || text.trim() === '') return null
  const identifier = parseIdentifier(text, field)
  return identifier === zeroIdentifier ? null : identifier
}

export function identifierView(uuid: string | null): string {
  return uuid ?? zeroIdentifier
}
