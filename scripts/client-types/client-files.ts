import { demanded } from './demand.ts'
import type { DescribedOperation } from './described-operations.ts'
import { type SchemaNode, type SchemaProperty, sameNode } from './schema-node.ts'
import { shapeText } from './shape-text.ts'
import { docstring, type NameOf, objectText, typeText } from './typescript-text.ts'
import { type ViewName, viewNames } from './view-names.ts'

interface View {
  readonly name: string
  readonly node: Extract<SchemaNode, { kind: 'object' }>
}

const origin =
  '// Written by scripts/write-client-types.ts from the OpenAPI document of the server; a change here is lost.\n'

const versions = [
  ['v1', "MIM CM's own API."],
  ['v2', 'Our additions to it.'],
] as const

/** The generated files of src/client/library/generated, by name, not formatted yet. Throws Error for a view that no operation answers with. */
export function clientFiles(described: readonly DescribedOperation[]): ReadonlyMap<string, string> {
  const demands = viewNames.map(each => ({
    node: viewOf(each, described).node,
    needed: each.needed ?? null,
  }))
  const operations = described.map(each => ({
    ...each,
    answer: each.answer && demanded(each.answer, demands),
  }))
  const views = viewNames.map(each => viewOf(each, operations))
  return new Map([
    ['answers.ts', origin + answersText(views)],
    ['view-shapes.ts', origin + viewShapesText(views)],
    ['answer-shapes.ts', origin + answerShapesText(operations, views)],
    ...versions.map(([version, docs]) => {
      const ofVersion = operations.filter(({ name }) => name.includes(` /${version}.`))
      return [`${version}-operations.ts`, origin + operationsText(version, docs, ofVersion, views)] as const
    }),
  ])
}

function viewOf({ name, of, property }: ViewName, operations: readonly DescribedOperation[]): View {
  const answer = operations.find(each => each.name === of)?.answer ?? null
  const view = answer === null ? null : objectIn(answer)
  const node =
    property === undefined ? view : objectIn(view?.properties.find(each => each.name === property)?.node)
  if (node === null) throw new Error(`${of} answers with nothing that could be called ${name}.`)
  return { name, node }
}

/** The object that a node is, or is a list of. */
function objectIn(node: SchemaNode | undefined): View['node'] | null {
  if (node === undefined) return null
  if (node.kind === 'object') return node
  return node.kind === 'nullable' || node.kind === 'array' ? objectIn(node.of) : null
}

function nameAmong(views: readonly View[]): NameOf {
  return node => views.find(view => sameNode(view.node, node))?.name ?? null
}

function answersText(views: readonly View[]): string {
  const texts = views.map(view => {
    const nameOf = nameAmong(views.filter(other => other !== view))
    return `\nexport interface ${view.name} ${objectText(view.node.properties, nameOf)}\n`
  })
  return texts.join('')
}

function operationsText(
  version: string,
  docs: string,
  operations: readonly DescribedOperation[],
  views: readonly View[],
): string {
  const used = new Set<string>()
  const nameOf = recording(nameAmong(views), used)
  const members = operations.map(({ name, summary, path, query, body, answer }) => {
    const input = inputText(path, query, body, nameOf)
    const answerText = answer === null ? 'null' : typeText(answer, nameOf)
    return `${docstring(summary)}'${name}': {\nreadonly input: ${input}\nreadonly answer: ${answerText}\n}\n`
  })
  const body = `\n/** ${docs} */\nexport interface ${version.toUpperCase()}Operations {\n${members.join('')}}\n`
  return `${importText('import type', used, 'answers')}${body}`
}

function inputText(
  path: readonly SchemaProperty[],
  query: readonly SchemaProperty[],
  body: SchemaNode | null,
  nameOf: NameOf,
): string {
  const isQueryOptional = query.every(each => each.isOptional)
  const parts = [
    ...(path.length === 0 ? [] : [`readonly path: ${objectText(path, nameOf)}\n`]),
    ...(query.length === 0
      ? []
      : [`readonly query${isQueryOptional ? '?' : ''}: ${objectText(query, nameOf)}\n`]),
    ...(body === null ? [] : [`readonly body: ${typeText(body, nameOf)}\n`]),
  ]
  return parts.length === 0 ? 'Record<never, never>' : `{\n${parts.join('')}}`
}

function viewShapesText(views: readonly View[]): string {
  const texts = views.map(
    ({ name, node }, index) =>
      `\nexport const ${constantOf(name)}: Shape = ${shapeText(node, constantAmong(views.slice(0, index)))}\n`,
  )
  return `import type { Shape } from '../shape.ts'\n${texts.join('')}`
}

function answerShapesText(operations: readonly DescribedOperation[], views: readonly View[]): string {
  const used = new Set<string>()
  const nameOf = recording(constantAmong(views), used)
  const shapes = operations.map(({ name, answer }) => {
    const text = answer === null ? "'nothing'" : shapeText(answer, nameOf)
    return `'${name}': ${text},\n`
  })
  return (
    "import type { Shape } from '../shape.ts'\nimport type { V1Operations } from './v1-operations.ts'\n" +
    `import type { V2Operations } from './v2-operations.ts'\n${importText('import', used, 'view-shapes')}` +
    '\n/** What each operation answers with. */\n' +
    'export const answerShapes: Readonly<Record<keyof V1Operations | keyof V2Operations, Shape>> = {\n' +
    `${shapes.join('')}}\n`
  )
}

function constantAmong(views: readonly View[]): NameOf {
  const nameOf = nameAmong(views)
  return node => {
    const name = nameOf(node)
    return name === null ? null : constantOf(name)
  }
}

function constantOf(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function recording(nameOf: NameOf, used: Set<string>): NameOf {
  return node => {
    const name = nameOf(node)
    if (name !== null) used.add(name)
    return name
  }
}

function importText(keyword: 'import' | 'import type', names: ReadonlySet<string>, file: string): string {
  return `${keyword} { ${[...names].sort().join(', ')} } from './${file}.ts'\n`
}
