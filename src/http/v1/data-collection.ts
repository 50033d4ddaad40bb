import { CardinalError } from '../../domain/error.ts'
import { parseText } from './text.ts'

export interface Answer {
  readonly name: string
  readonly value: string | null
}

/**
 * Reads `datacollection` in the forms that clients send (contract §2): absent or an empty text; a text holding JSON;
 * an array of `{name: value}`; an array of `{Name, Value}`. Typographic quotation marks, with which the published
 * walkthrough prints the text, are taken for plain ones. Throws InvalidParameter.
 */
export function parseDataCollection(input: unknown): Answer[] {
  const parsed = typeof input === 'string' ? parseJsonText(input) : input
  if (parsed === null || parsed === undefined) return []
  const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return items.flatMap((item, index) => parseItem(item, `datacollection[${index}]`))
}

function parseJsonText(text: string): unknown {
  if (text.trim() === '') return null
  for (const candidate of [text, text.replace(/[“”„‟]/g, '"')]) {
    try {
      return JSON.parse(candidate)
    } catch {}
  }
  throw new CardinalError('InvalidParameter', 'datacollection: the text must hold JSON.')
}

function parseItem(item: unknown, field: string): Answer[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new CardinalError('InvalidParameter', `${field}: must be an object {name: value} or {Name, Value}.`)
  }
  const properties = Object.entries(item)
  const find = (key: string) => properties.find(([name]) => name.toLowerCase() === key)
  const name = find('name')
  const value = find('value')
  if (name === undefined || value === undefined) {
    return properties.map(([key, answer]) => ({
      name: parseText(key, field),
      value: parseValue(answer, `${field}.${key}`),
    }))
  }
  if (typeof name[1] !== 'string')
    throw new CardinalError('InvalidParameter', `${field}.Name: must be a string.`)
  return [{ name: parseText(name[1], `${field}.Name`), value: parseValue(value[1], `${field}.Value`) }]
}

function parseValue(value: unknown, field: string): string | null {
  if (value === null) return null
  if (typeof value === 'string') return parseText(value, field)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new CardinalError('InvalidParameter', `${field}: must be a string.`)
}
