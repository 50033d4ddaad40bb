import { recordOf, type SchemaNode, type SchemaProperty, schemaNode, textOf } from './schema-node.ts'

/** One operation of the API, as the OpenAPI document describes it. */
export interface DescribedOperation {
  /** `GET /v1.0/requests/{id}`: the path begins below `…/api`. */
  readonly name: string
  readonly summary: string
  readonly path: readonly SchemaProperty[]
  readonly query: readonly SchemaProperty[]
  readonly body: SchemaNode | null
  /** null for one that answers without a body. */
  readonly answer: SchemaNode | null
}

/** Of the document's paths, those below `…/api`, in the order of their paths. Throws Error for what it cannot read. */
export function describedOperations(document: unknown): DescribedOperation[] {
  const { paths, components } = recordOf(document, 'document')
  const { schemas = {} } = recordOf(components ?? {}, 'components')
  const operations = Object.entries(recordOf(paths, 'paths')).flatMap(([path, methods]) => {
    const below = /^\/[^/]+\/api(\/.+)$/.exec(path)?.[1]
    if (below === undefined) return []
    return Object.entries(recordOf(methods, path)).map(([method, operation]) =>
      describedOperation(below, method.toUpperCase(), resolved(operation, recordOf(schemas, 'schemas'))),
    )
  })
  return operations.sort((one, other) => compare(sortKey(one), sortKey(other)))
}

/** The same with each schema in the place of what refers to it. */
function resolved(node: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(node)) return node.map(each => resolved(each, schemas))
  if (typeof node !== 'object' || node === null) return node
  const name = '$ref' in node ? /^#\/components\/schemas\/(\w+)$/.exec(String(node.$ref))?.[1] : undefined
  if (name !== undefined) return resolved(schemas[name], schemas)
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(value, schemas)]))
}

function describedOperation(path: string, method: string, described: unknown): DescribedOperation {
  const name = `${method} ${path}`
  const { summary, parameters = [], requestBody, responses } = recordOf(described, name)
  if (!Array.isArray(parameters)) throw new Error(`${name}: the parameters are no list.`)
  return {
    name,
    summary: textOf(summary) ?? '',
    path: parameters.flatMap(each => parameter(each, 'path', name)),
    query: parameters.flatMap(each => parameter(each, 'query', name)),
    body: requestBody === undefined ? null : jsonSchema(requestBody, `${name}: body`),
    answer: answerOf(responses, name),
  }
}

function parameter(described: unknown, place: 'path' | 'query', name: string): SchemaProperty[] {
  const { in: where, name: parameterName, required, schema, description } = recordOf(described, name)
  if (where !== 'path' && where !== 'query') throw new Error(`${name}: a parameter stands in ${where}.`)
  if (where !== place) return []
  const node = schemaNode(schema, `${name}: ${parameterName}`)
  if (node.kind !== 'text') throw new Error(`${name}: ${parameterName} is no string.`)
  return [
    { name: String(parameterName), isOptional: required !== true, description: textOf(description), node },
  ]
}

/** Of the successes; how errors look is the same everywhere. */
function answerOf(responses: unknown, name: string): SchemaNode | null {
  const answers = Object.entries(recordOf(responses, name)).filter(([status]) => status.startsWith('2'))
  const nodes = answers.flatMap(([status, response]) =>
    status === '204' ? [] : [jsonSchema(response, `${name}: ${status}`)],
  )
  const [node = null, ...more] = nodes
  if (answers.length === 0 || more.length > 0) throw new Error(`${name}: has not one kind of answer.`)
  return node === null || nodes.length === answers.length ? node : { kind: 'nullable', of: node }
}

function jsonSchema(described: unknown, place: string): SchemaNode {
  const { content } = recordOf(described, place)
  const { 'application/json': json } = recordOf(content, place)
  const { schema } = recordOf(json, place)
  return schemaNode(schema, place)
}

function sortKey({ name }: DescribedOperation): string {
  const [method, path] = name.split(' ')
  return `${path} ${method}`
}

/** By code units, so that no machine's language changes the order. */
function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
