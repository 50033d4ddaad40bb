import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'

const module = join(import.meta.dirname, '../../../src/client/card-reader/pcsc-readers.ts')
const listReaders = `
  const { openPcscReaders } = await import(${JSON.stringify(module)})
  try {
    console.log(await (await openPcscReaders()).list())
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

function run(...options: readonly string[]): string {
  const args = [...options, '--input-type=module', '--eval', listReaders]
  const environment = { PATH: '/usr/bin:/bin', PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd.comm' }
  return spawnSync(process.execPath, args, { env: environment, encoding: 'utf8', timeout: 20_000 }).stdout
}

suite('a computer without PC/SC', () => {
  test('is told how to build the package, where it is missing', () => {
    const hooks = `data:text/javascript,${encodeURIComponent(withoutAddon)}`
    const said = run('--import', hooks)
    assert.match(
      said,
      /^CardError card-service-unavailable .*smartcard.*`npm run addon smartcard`.*libpcsclite-dev/,
    )
  })

  // Without the service's library the package cannot be loaded either.
  test('is told to start the service, where none answers', { skip: leftOutWithout('pcscd') }, () => {
    assert.match(run(), /^CardError card-service-unavailable .*Start it \(Linux: pcscd/)
  })
})
