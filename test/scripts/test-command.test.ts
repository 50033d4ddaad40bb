import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThrowawayCheckout } from './throwaway-checkout.ts'

const asUser = 'process.getuid = () => 1000\n'
const asRoot = 'process.getuid = () => 0\n'

const neededPrograms = [
  ...[
    'g++',
    'make',
    'python3',
    'krb5-config',
    'pcsc-spy',
    'curl',
    'git',
    'openssl',
    'certtool',
    'softhsm2-util',
    'pkcs11-tool',
    'certutil',
    'tstclnt',
    'initdb',
    'chromium',
    'systemd-analyze',
  ],
  ...['samba', 'samba-tool', 'setfattr', 'kinit', 'ldapmodify', 'slapd', 'swtpm', 'tpm2_create'],
  ...['pcscd', 'vpcd-config', 'gids-tool', 'yubico-piv-tool', 'ip', 'sshd', 'ssh', 'krb5kdc', 'kadmin.local'],
]

/** Everything that tests need is there, the checks pass, and two test files tell what they see. */
function preparedCheckout(): ThrowawayCheckout {
  const checkout = new ThrowawayCheckout()
  for (const name of neededPrograms) checkout.program(name, '')
  checkout.write('node_modules/typescript/bin/tsc', 'console.log("types checked")\n')
  checkout.write('node_modules/@biomejs/biome/bin/biome', 'console.log("lint checked")\n')
  for (const name of ['one', 'two']) {
    const sees = `console.log('${name} without', process.env['CARDINAL_TEST_WITHOUT'] ?? 'nothing')`
    checkout.write(
      `test/${name}.test.ts`,
      `import { test } from 'node:test'\ntest('${name}', () => ${sees})\n`,
    )
  }
  return checkout
}

test('installs for development, checks, then tests, and ends with the summary', async () => {
  using checkout = preparedCheckout()
  const { code, stdout } = await checkout.run('test.mjs', [], {}, asUser)
  assert.equal(code, 0, stdout)
  assert.ok(checkout.calls[0]?.includes('--include=dev'))
  const order = ['types checked', 'lint checked', 'one without nothing', 'ℹ tests 2', 'ℹ pass 2', 'ℹ fail 0']
  const places = order.map(text => stdout.indexOf(text))
  assert.ok(!places.includes(-1), stdout)
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('runs only the files that are named, with the options that are given', async () => {
  using checkout = preparedCheckout()
  const { stdout } = await checkout.run('test.mjs', ['test/two.test.ts'], {}, asUser)
  assert.match(stdout, /ℹ tests 1\n/)
  assert.match(stdout, /two without/)
  const named = await checkout.run('test.mjs', ['--test-name-pattern=^one$'], {}, asUser)
  assert.match(named.stdout, /one without/)
  assert.doesNotMatch(named.stdout, /two without/)
})

for (const program of ['typescript/bin/tsc', '@biomejs/biome/bin/biome']) {
  test(`fails where ${program} does, and runs the tests nevertheless`, async () => {
    using checkout = preparedCheckout()
    checkout.write(`node_modules/${program}`, 'process.exitCode = 2\n')
    const { code, stdout, stderr } = await checkout.run('test.mjs', [], {}, asUser)
    assert.equal(code, 1)
    assert.match(stderr, /FAILED/)
    assert.match(stdout, /ℹ pass 2\n/)
    assert.equal((await checkout.run('check.mjs')).code, 1)
  })
}

test('fails where a test does', async () => {
  using checkout = preparedCheckout()
  checkout.write(
    'test/three.test.ts',
    "import { test } from 'node:test'\ntest('three', () => { throw new Error() })\n",
  )
  const { code, stdout } = await checkout.run('test.mjs', [], {}, asUser)
  assert.equal(code, 1)
  assert.match(stdout, /ℹ fail 1\n/)
})

test('names loudly what a user other than root has to install, and tells the tests', async () => {
  using checkout = preparedCheckout()
  checkout.remove('bin/certtool')
  const { code, stdout, stderr } = await checkout.run('test.mjs', [], {}, asUser)
  assert.equal(code, 0)
  assert.match(stderr, /WARNING: gnutls-bin is not installed\. TESTS THAT NEED IT ARE LEFT OUT/)
  assert.match(stdout, /one without gnutls-bin\n/)
})

/** An apt-get that notes its calls and then ends as told. */
function fakeApt(checkout: ThrowawayCheckout, ending: string): void {
  const note = `import fs from 'node:fs'\nfs.appendFileSync(process.env.FAKE_CALLS, JSON.stringify(process.argv.slice(2)) + '\\n')\n`
  checkout.program('apt-get', `#!${process.execPath}\n${note}${ending}\n`)
}

test('installs as root what is missing, and only that', async () => {
  using checkout = preparedCheckout()
  checkout.remove('bin/certtool')
  fakeApt(checkout, `fs.writeFileSync(${JSON.stringify(checkout.path('bin/certtool'))}, '')`)
  const { code, stdout } = await checkout.run('test.mjs', [], {}, asRoot)
  assert.equal(code, 0)
  assert.deepEqual(checkout.calls.slice(1), [
    ['-y', '-q', 'update'],
    ['-y', '-q', 'install', '--no-install-recommends', 'gnutls-bin'],
  ])
  assert.match(stdout, /one without nothing\n/)
  await checkout.run('test.mjs', [], {}, asRoot)
  assert.equal(checkout.calls.length, 3)
})

test('looks for every program of a package and of what goes with it', async () => {
  for (const [program, name] of [
    ['make', 'g++'],
    ['setfattr', 'samba'],
    ['yubico-piv-tool', 'pcscd'],
  ] as const) {
    using checkout = preparedCheckout()
    checkout.remove(`bin/${program}`)
    const { stdout } = await checkout.run('test.mjs', [], {}, asUser)
    assert.match(stdout, new RegExp(`one without ${name.replaceAll('+', '\\+')}\n`))
  }
})

test('fails where the installation as root does, and leaves out only what is missing', async () => {
  using checkout = preparedCheckout()
  checkout.remove('bin/certtool')
  fakeApt(checkout, "process.stderr.write('E: no network')\nprocess.exit(100)")
  const { code, stdout, stderr } = await checkout.run('test.mjs', [], {}, asRoot)
  assert.equal(code, 1)
  assert.match(stderr, /apt-get update failed:\nE: no network/)
  assert.match(stdout, /one without gnutls-bin\n/)
})

test('builds the add-ons before the tests', async () => {
  using checkout = preparedCheckout()
  checkout.addNativePackage('kerberos')
  const { code, stdout, stderr } = await checkout.run('test.mjs', [], {}, asUser)
  assert.equal(code, 0, stdout)
  assert.match(stderr, /^Built kerberos\.$/m)
  assert.match(stdout, /one without nothing\n/)
})

test('names loudly the add-on that cannot be built for want of a package, and tells the tests', async () => {
  using checkout = preparedCheckout()
  checkout.addNativePackage('kerberos')
  checkout.remove('bin/krb5-config')
  const environment = { FAKE_BUILD: "throw new Error('no library')" }
  const { code, stdout, stderr } = await checkout.run('test.mjs', [], environment, asUser)
  assert.equal(code, 0)
  assert.match(
    stderr,
    /WARNING: kerberos was built and cannot be loaded.*\nTESTS THAT NEED kerberos ARE LEFT OUT/,
  )
  assert.match(stdout, /one without libkrb5-dev,kerberos\n/)
})

test('fails where an add-on cannot be built though all that it needs is there', async () => {
  using checkout = preparedCheckout()
  checkout.addNativePackage('kerberos')
  const environment = { FAKE_BUILD: "throw new Error('no library')" }
  const { code, stdout } = await checkout.run('test.mjs', [], environment, asUser)
  assert.equal(code, 1)
  assert.match(stdout, /one without kerberos\n/)
})
