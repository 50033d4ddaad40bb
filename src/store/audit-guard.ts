import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryId,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely'

const writes: ReadonlySet<RootOperationNode['kind']> = new Set([
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
])

/**
 * Watches the queries of one transaction, so that no write method can forget to be counted. A statement that met no
 * row wrote nothing.
 */
export class AuditGuard implements KyselyPlugin {
  readonly #writeIds = new WeakSet<QueryId>()
  #hasWritten = false
  #hasAudited = false

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    if (writes.has(node.kind)) this.#writeIds.add(queryId)
    return node
  }

  async transformResult({ queryId, result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    if (this.#writeIds.has(queryId) && (result.numAffectedRows ?? 0n) > 0n) this.#hasWritten = true
    return result
  }

  noteAuditRecord(): void {
    this.#hasAudited = true
  }

  /** Throws where something was written and no audit record: a fault of the program. */
  requireAuditRecord(): void {
    if (this.#hasWritten && !this.#hasAudited) {
      throw new Error('The transaction wrote without an audit record, and was rolled back.')
    }
  }
}
