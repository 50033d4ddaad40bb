import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startServer } from '../../test/http/server.ts'
import { clientFiles } from './client-files.ts'
import { describedOperations } from './described-operations.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What stands in src/client/library/generated while it is in step with the routes: text by file name. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  await using server = await startServer()
  const document: unknown = (await server.app.inject('/openapi.json')).json()
  const files = clientFiles(describedOperations(document))
  return new Map([...files].map(([name, text]) => [name, formatted(name, text)]))
}

function formatted(name: string, text: string): string {
  const biome = spawnSync('node_modules/.bin/biome', ['format', `--stdin-file-path=src/${name}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (biome.status !== 0) throw new Error(`${name} cannot be formatted: ${biome.stderr}`)
  return biome.stdout
}
