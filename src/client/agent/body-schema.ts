import { AgentError } from './agent-error.ts'

/** Reads one value of a body. @throws AgentError invalid-request, which names the property and repeats no value */
export type Field<T> = (value: unknown, name: string) => T

/** An object with exactly these properties. */
export function strictObject<T extends object>(
  fields: {
    readonly [Name in keyof T]-?: Field<T[Name]>
  },
): (body: unknown) => T {
  return body => {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw invalid('The body', 'an object')
    const names: readonly string[] = Object.keys(fields)
    const foreign = Object.keys(body).find(name => !names.includes(name))
    if (foreign !== undefined) {
      throw new AgentError('invalid-request', 'The body has a property that is not known here. Leave it out.')
    }
    const read = Object.create(null)
    for (const name in fields) {
      read[name] = fields[name](Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined, name)
    }
    return read
  }
}

/** @param pattern must match all of it */
export function string(maximumLength: number, pattern = /^[^\p{Cc}]+$/u): Field<string> {
  return (value, name) => {
    if (typeof value === 'string' && value.length <= maximumLength && pattern.test(value)) return value
    throw invalid(name, `a string of at most ${maximumLength} characters in the right form`)
  }
}

/** For what may be left out, or be null. */
export function optional<T>(field: Field<T>): Field<T | null> {
  return (value, name) => (value === undefined || value === null ? null : field(value, name))
}

export const uuid = string(36, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)

/** Any printable ASCII; cards judge the rest. */
export const pin = string(127, /^[ -~]+$/)

function invalid(name: string, wanted: string): AgentError {
  return new AgentError('invalid-request', `${name} must be ${wanted}.`)
}
