import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { startMuteService } from './mute-service.ts'

const module = join(import.meta.dirname, '../../../src/client/card-reader/pcsc-readers.ts')
const listReaders = `
  const { openPcscReaders } = await import(${JSON.stringify(module)})
  try {
    console.log(await (await openPcscReaders({ timeLimit: 100, environment: process.env })).list())
  } catch (error) {
    console.log(error.name, error.code, error.message)
  }`
const withoutAddon = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'smartcard') throw new Error('Cannot find it.')
      return next(specifier, context)
    },
  })`

async function run(options: readonly string[] = [], socket = '/nonexistent/pcscd.comm'): Promise<string> {
  const args = [...options, '--input-type=module', '--eval', listReaders]
  const env = { PATH: '/usr/bin:/bin', PCSCLITE_CSOCK_NAME: socket }
  return (await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 })).stdout
}

suite('a computer without PC/SC', () => {
  test('is told how to build the package, where it is missing', async () => {
    const hooks = `data:text/javascript,${encodeURIComponent(withoutAddon)}`
    const said = await run(['--import', hooks])
    assert.match(
      said,
      /^CardError card-service-unavailable .*smartcard.*`npm run addon smartcard`.*libpcsclite-dev/,
    )
  })

  // Without the service's library the package cannot be loaded either.
  test('is told to start the service, where none answers', { skip: leftOutWithout('pcscd') }, async () => {
    assert.match(await run(), /^CardError card-service-unavailable .*Start it \(Linux: pcscd/)
  })

  test('is told to start it anew, where it hangs', { skip: leftOutWithout('pcscd') }, async t => {
    assert.match(
      await run([], await startMuteService(t)),
      /^CardError card-service-unavailable .*did not answer in time\. Start it anew \(Linux: systemctl restart pcscd\)/,
    )
  })
})
