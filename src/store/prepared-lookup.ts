import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Database } from './database.ts'

/**
 * A query by one value that runs with every call: it is put into SQL once for each database, which otherwise takes as
 * long as the query itself.
 *
 * @param build must use nothing but the value as a parameter
 */
export function prepareLookup<Row>(
  build: (db: Kysely<Database>, value: string) => Compilable<Row>,
): (db: Kysely<Database>, value: string) => Promise<readonly Row[]> {
  const compiled = new WeakMap<Kysely<Database>, CompiledQuery<Row>>()
  return async (db, value) => {
    const known = compiled.get(db) ?? build(db, value).compile()
    compiled.set(db, known)
    const parameters = known.parameters.map(() => value)
    const { rows } = await db.executeQuery<Row>({ ...known, parameters })
    return rows
  }
}
