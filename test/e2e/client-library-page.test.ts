import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer, type TestServer } from '../testbed/server.ts'
import { run } from './command.ts'
import { documentedCommands, runDocumented } from './documented-commands.ts'

const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8')
const root = fileURLToPath(new URL('../..', import.meta.url))

let server: TestServer
let folder: string
/** The library's files by the names of the package's entries. */
const entries = [...page.matchAll(/^\| `@cardinal\/client(\S*)` \| `([\w-]+\.ts)` \|/gm)]

/** A folder in which `@cardinal/client` has the entries that the page lists, and that holds the page's programs. */
before(async () => {
  server = await startServer()
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardinal-client-page-'))
  assert.equal(entries.length, 3)
  const exports = Object.fromEntries(entries.map(([, entry, file]) => [`.${entry}`, `./library/${file}`]))
  const manifest = { name: '@cardinal/client', type: 'module', exports }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
  symlinkSync(path.join(root, 'src/client/library'), path.join(folder, 'library'))
  symlinkSync(process.execPath, path.join(folder, 'node'))
  for (const [, name = '', program = ''] of page.matchAll(/^```ts\n\/\/ ([\w-]+\.ts)\n([\s\S]*?)^```$/gm)) {
    writeFileSync(path.join(folder, name), program)
  }
})
after(async () => {
  await server?.remove()
  rmSync(folder, { recursive: true })
})

test('every program of the page about clients says what the page shows', async () => {
  const commands = documentedCommands(page)
  assert.equal(commands.length, 5)
  const settings = {
    CARDINAL_URL: server.url,
    CARDINAL_USER: 'alice',
    CARDINAL_PASSWORD: await server.passwordOf('alice'),
  }
  for (const documented of commands) {
    const expected = documented.output
    assert.equal(await runDocumented(documented, folder, settings), expected, documented.command)
  }
})

test('every program of the page about clients compiles', async () => {
  const paths = Object.fromEntries(
    entries.map(([, entry, file]) => [
      `@cardinal/client${entry}`,
      [path.join(root, 'src/client/library', String(file))],
    ]),
  )
  const configuration = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [path.join(root, 'node_modules/@types')], paths },
    include: ['*.ts'],
  }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  const compiler = path.join(root, 'node_modules/.bin/tsc')
  const { code, stdout } = await run(compiler, '-p', folder)
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
})
