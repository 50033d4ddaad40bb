import { CardinalError } from '../domain/error.ts'

interface Fault {
  readonly keyword: string
  readonly instancePath: string
  readonly params: { readonly missingProperty?: unknown; readonly type?: unknown; readonly limit?: unknown }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  null: 'null',
}

/** Names the field that broke a schema, as the client wrote it: `certificaterequests[0]: must be a string.` */
export function validationError(thrown: Error): CardinalError {
  const [fault] = 'validation' in thrown && Array.isArray(thrown.validation) ? thrown.validation : []
  if (fault === undefined)
    return new CardinalError('InvalidParameter', 'The request has a value that is not taken.')
  const field = fieldOf(fault)
  if (field === '') return new CardinalError('MalformedBody', 'The body must be a JSON object.')
  const isQuery = 'validationContext' in thrown && thrown.validationContext === 'querystring'
  return new CardinalError('InvalidParameter', `${field}: ${demandOf(fault, isQuery)}.`)
}

function fieldOf({ keyword, instancePath, params }: Fault): string {
  const steps = instancePath.split('/').slice(1)
  const path = steps.map(step => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('')
  const missing = keyword === 'required' ? `.${params.missingProperty}` : ''
  return `${path}${missing}`.replace(/^\./, '')
}

function demandOf({ keyword, params }: Fault, isQuery: boolean): string {
  if (keyword === 'required') return 'is required'
  // What stands in a query is a text, or several where the parameter is repeated.
  if (keyword === 'type') return isQuery ? 'stands more than once' : `must be ${typesText(params.type)}`
  if (keyword === 'maxItems') return `must have at most ${params.limit} items`
  return 'has a value that is not taken'
}

/** `a number, a string or null` */
function typesText(types: unknown): string {
  const words = [types].flat().flatMap(type => String(type).split(','))
  const texts = words.map(word => typeWords[word] ?? word)
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}
