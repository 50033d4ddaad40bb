import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ThrowawayCheckout } from './throwaway-checkout.ts'

const rebuild = (name: string) => [
  'explore',
  name,
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
  '--fetch-retry-mintimeout=500',
  '--fetch-retry-maxtimeout=2000',
  '--',
  'node-gyp',
  'rebuild',
]

function checkoutWithAddOns(): ThrowawayCheckout {
  const checkout = new ThrowawayCheckout()
  checkout.installByHand('node_modules/fastify')
  for (const name of ['kerberos', 'smartcard']) checkout.addNativePackage(name)
  return checkout
}

test('builds each add-on that is named once, and says what it is good for', async () => {
  using checkout = checkoutWithAddOns()
  const first = await checkout.run('addon.mjs', ['kerberos', 'smartcard'])
  assert.deepEqual(first, {
    code: 0,
    stdout: '',
    stderr:
      'kerberos is built: signing in by Kerberos tickets can be switched on.\n' +
      'smartcard is built: card readers can be switched on.\n',
  })
  assert.deepEqual(checkout.calls, [rebuild('kerberos'), rebuild('smartcard')])

  const second = await checkout.run('addon.mjs', ['kerberos'])
  assert.equal(second.code, 0)
  assert.match(second.stderr, /^kerberos was built already: /)
  assert.equal(checkout.calls.length, 2)
})

test('builds with the headers of the Node that runs the server', async () => {
  using checkout = checkoutWithAddOns()
  const seen = checkout.path('seen')
  checkout.program(
    'npm',
    `#!${process.execPath}\nimport fs from 'node:fs'\nfs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))\n`,
  )
  await checkout.run('addon.mjs', ['kerberos'])
  const { npm_config_nodedir } = JSON.parse(fs.readFileSync(seen, 'utf8'))
  const folder = path.resolve(process.execPath, '../..')
  const hasHeaders = fs.existsSync(path.join(folder, 'include/node/node_api.h'))
  assert.equal(npm_config_nodedir, hasHeaders ? folder : undefined)
})

test('installs what the checkout lacks first', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.addNativePackage('kerberos')
  assert.equal((await checkout.run('addon.mjs', ['kerberos'])).code, 0)
  assert.deepEqual(
    checkout.calls.map(([command]) => command),
    ['install', 'explore'],
  )
})

const failures: readonly (readonly [what: string, stderr: string, advice: RegExp])[] = [
  [
    'a missing header',
    'npm error ../src/unix/kerberos_gss.h:24:14: fatal error: gssapi/gssapi.h: No such file or directory',
    /building kerberos failed: the header gssapi\/gssapi\.h is missing\. .*apt-get install g\+\+ make python3 libkrb5-dev/,
  ],
  ['no Python', 'npm error gyp ERR! find Python Could not find any Python', /Python is missing/],
  ['no make', 'npm error gyp ERR! stack Error: not found: make', /make is missing/],
  ['no compiler', 'npm error make: g++: No such file or directory', /compiler is missing/],
  [
    'no way to the headers of Node',
    'npm error FetchError: request to https://nodejs.org/download/x failed, reason: ENOTFOUND',
    /headers could not be fetched from nodejs\.org/,
  ],
  ['anything else', 'npm error odd', /npm ended with code 1 and said:\n {2}npm error odd/],
]
for (const [what, stderr, advice] of failures) {
  test(`says what to do about ${what}`, async () => {
    using checkout = checkoutWithAddOns()
    const outcome = await checkout.run('addon.mjs', ['kerberos'], { FAKE_NPM_ERROR: stderr })
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, advice)
    assert.doesNotMatch(outcome.stderr, /^ {4}at /m)
  })
}

test('fails where what was built cannot be loaded', async () => {
  using checkout = checkoutWithAddOns()
  const environment = { FAKE_BUILD: "throw new Error('Opening library libgssapi_krb5.so.2 failed')" }
  const outcome = await checkout.run('addon.mjs', ['kerberos'], environment)
  assert.equal(outcome.code, 1)
  assert.match(outcome.stderr, /kerberos was built and cannot be loaded: Opening library libgssapi_krb5/)
})

test('fails where npm left the package out', async () => {
  using checkout = checkoutWithAddOns()
  fs.rmSync(checkout.path('node_modules/kerberos'), { recursive: true })
  const outcome = await checkout.run('addon.mjs', ['kerberos'])
  assert.equal(outcome.code, 1)
  assert.match(outcome.stderr, /kerberos is not installed\. Run npm install without --omit=optional/)
})

for (const [what, args] of [
  ['no name', []],
  ['a name that is no add-on', ['kerberos', 'fastify']],
] as const) {
  test(`names the add-ons where it gets ${what}, and does nothing`, async () => {
    using checkout = checkoutWithAddOns()
    const outcome = await checkout.run('addon.mjs', args)
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, /kerberos,? smartcard/)
    assert.deepEqual(checkout.calls, [])
  })
}
