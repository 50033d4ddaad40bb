import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { newSoftToken, softHsm, tokenPin } from '../client/software/soft-token.ts'
import { leftOutWithout } from '../testbed/left-out.ts'
import { startServer, type TestServer } from '../testbed/server.ts'
import { documentedCommands, runDocumented } from './documented-commands.ts'
import { sectionOf } from './documented-recipe.ts'
import { shapeOf } from './documented-shape.ts'
import { newWorkstation, type Workstation } from './enroll-client.ts'

const moduleInPage = '/usr/lib/softhsm/libsofthsm2.so'
const sections = [
  'A key in a PKCS#11 token',
  'A key in an NSS database (Firefox, Thunderbird, Chromium on Linux)',
  'A key that another program keeps',
]

describe('the commands of docs/enrollment.md do what it says', {
  skip: leftOutWithout('softhsm2', 'libnss3-tools'),
}, () => {
  let server: TestServer
  let station: Workstation
  before(async () => {
    server = await startServer()
    station = await newWorkstation(server, 'alice')
    await writeFile(station.file('token-pin'), `${tokenPin}\n`)
  })
  after(async () => {
    await station?.remove()
    await server?.remove()
  })

  for (const section of sections) {
    test(section, async t => {
      const page = await readFile(new URL('../../docs/enrollment.md', import.meta.url), 'utf8')
      const token = await newSoftToken(t, 'vpn')
      const settings = {
        CARDINAL_PORT: new URL(server.url).port,
        SOFTHSM2_CONF: token.environment.SOFTHSM2_CONF,
        HOME: station.folder,
        XDG_STATE_HOME: station.file('state'),
      }
      const commands = documentedCommands(sectionOf(page, section))
      assert.ok(commands.length > 1)
      for (const { command, output } of commands) {
        const here = command.replaceAll(moduleInPage, softHsm)
        const seen = await runDocumented({ command: here, output }, station.folder, settings)
        assert.equal(comparable(seen), comparable(output), command)
      }
    })
  }
})

function comparable(text: string): string {
  return shapeOf(text)
    .replaceAll(/^serial number [0-9A-F]+$/gm, 'serial number HEX')
    .replaceAll(/^valid until {3}\S+$/gm, 'valid until TIME')
    .replaceAll(/[0-9a-f]{34,40}/g, 'KEY')
}
