import { errorTable } from '../domain/error.ts'

type Properties = Readonly<Record<string, unknown>>

const errorView = {
  type: 'object',
  required: ['Message', 'ErrorCode', 'CorrelationId'],
  properties: {
    Message: { type: 'string', description: 'For people; its wording may change' },
    ErrorCode: { type: 'string', enum: Object.keys(errorTable), description: 'Never changes its meaning' },
    CorrelationId: { type: 'string', description: 'Leads to the entry in the server log' },
  },
}

const referenceToError = { $ref: '#/components/responses/Error', description: 'Any error.' }

const errorAnswer = {
  description: 'Any error. 401 has WWW-Authenticate, 405 Allow, 429 and 503 Retry-After.',
  content: { 'application/json': { schema: referenceTo('ErrorView') } },
}

/**
 * What the schemas of the routes do not say of themselves: a schema with a title is described once, under that name; every
 * operation has a name, and answers errors; and of the words that are taken in any case, the canonical ones are listed.
 * Throws Error where two different schemas, or two operations, have one name.
 */
export function completeDescription(document: object): { paths: unknown; components: Properties } {
  const { paths, components } = propertiesOf(document)
  const schemas = new Map<string, unknown>([['ErrorView', errorView]])
  const names = new Set<string>()
  const described = Object.entries(propertiesOf(paths)).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(propertiesOf(operations)).map(([method, operation]) => {
        const operationId = operationName(method, path)
        if (names.has(operationId)) throw new Error(`Two operations have the name ${operationId}.`)
        names.add(operationId)
        const { responses, ...others } = propertiesOf(withComponents(operation, schemas))
        const { default: otherwise = referenceToError, ...successes } = propertiesOf(responses)
        return [method, { operationId, ...others, responses: { ...successes, default: otherwise } }]
      }),
    ),
  ])
  return {
    paths: Object.fromEntries(described),
    components: {
      ...propertiesOf(components),
      schemas: Object.fromEntries(schemas),
      responses: { Error: errorAnswer },
    },
  }
}

/** `getV1RequestsById`: whatever the virtual directory is called. */
function operationName(method: string, path: string): string {
  const below = path.replace(/^\/[^/]+\/api\//, '/')
  const words = below.split(/[/.-]/).flatMap(segment => {
    const parameter = /^\{(\w+)\}$/.exec(segment)?.[1]
    return parameter === undefined ? [segment] : ['by', parameter]
  })
  const names = words.filter(word => word !== '' && word !== '0')
  return method + names.map(name => name.charAt(0).toUpperCase() + name.slice(1)).join('')
}

/** The same with references in the place of what has a title, which is put among the schemas. */
function withComponents(node: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map(each => withComponents(each, schemas))
  if (typeof node !== 'object' || node === null) return node
  const { words, title, ...properties } = propertiesOf(node)
  const isListed = Array.isArray(words)
  const isTitled = typeof title === 'string'
  const inner = {
    ...(isListed || words === undefined ? {} : { words: withComponents(words, schemas) }),
    ...(isTitled || title === undefined ? {} : { title: withComponents(title, schemas) }),
    ...(isListed ? { enum: words } : {}),
    ...Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, withComponents(value, schemas)]),
    ),
  }
  if (!isTitled) return inner
  const known = schemas.get(title)
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(inner)) {
    throw new Error(`Two schemas have the title ${title}.`)
  }
  schemas.set(title, inner)
  return referenceTo(title)
}

function referenceTo(schema: string) {
  return { $ref: `#/components/schemas/${schema}` }
}

function propertiesOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
