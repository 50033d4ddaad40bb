import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { startServer } from '../testbed/server.ts'
import { shapeOf } from './documented-shape.ts'
import { newWorkstation, passphrase, pin } from './enroll-client.ts'

const server = await startServer({ settings: { CARDINAL_DEMO: 'true' } })
const station = await newWorkstation(server, 'alice', { CARDINAL_PORT: new URL(server.url).port })
after(async () => {
  await station.remove()
  await server.remove()
})

const answers: readonly (readonly [RegExp, string])[][] = [
  [
    [/Password of alice:/, await server.passwordOf('alice')],
    [/Request Reason.*:/, 'Need VPN access'],
    [/New passphrase for the card laptop:/, passphrase],
    [/Once more:/, passphrase],
    [/New PIN of the card:/, pin],
    [/Once more:/, pin],
  ],
  [[/Passphrase of the card laptop:/, passphrase]],
]

test("the README's session of cardinal enroll is one that happens", async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const recorded = /```text\n(\$ npm run -s cardinal -- enroll[^`]+)```/.exec(readme)?.[1] ?? ''
  const commands = recorded.split(/^\$ npm run -s cardinal -- /m).slice(1)
  assert.equal(commands.length, answers.length)
  for (const [index, command] of commands.entries()) {
    const [line = '', ...output] = command.split('\n')
    const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const { code, shown } = await station.talk(args, answers[index] ?? [])
    assert.equal(code, 0, shown)
    assert.equal(comparable(shown), comparable(output.join('\n')))
  }
})

/** What a terminal shows at the end, without what is another one each time. */
function comparable(text: string): string {
  const shown = stripVTControlCharacters(text).replaceAll('\r', '')
  return shapeOf(shown)
    .replaceAll(/^serial number [0-9A-F]+$/gm, 'serial number HEX')
    .replaceAll(/^valid until {3}\S+$/gm, 'valid until TIME')
    .replaceAll(/RSA 2048|EC P-256/g, 'KEY')
    .trim()
}
