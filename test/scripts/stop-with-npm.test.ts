import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, test } from 'node:test'
import { olderNode, ThrowawayCheckout } from './throwaway-checkout.ts'

/** Ends the orderly way when it is told to; of its own accord, well after it was left behind. */
const program = `
const parent = process.ppid
console.log('ready as', process.pid)
process.on('SIGTERM', () => {
  console.log('told to stop')
  process.exit()
})
setInterval(() => {
  if (process.ppid === parent || process.env.SAID) return
  process.env.SAID = 'yes'
  setTimeout(() => {
    console.log('went on alone')
    process.exit()
  }, 3000)
}, 50)
// Nobody else would end one that was left behind.
setTimeout(() => process.exit(), 20_000)
`

/** Runs the checkout's script below a parent that signals do not pass, ends the parent, and says how the program ended. */
async function leaveBehind(
  checkout: ThrowawayCheckout,
  [command, ...args]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  checkout.write('src/cli/cardinal.ts', program)
  const node = path.dirname(process.execPath)
  const parent = spawn(command, args, {
    cwd: checkout.folder,
    env: {
      PATH: `${node}:${PATH}`,
      HOME: checkout.folder,
      FAKE_CALLS: checkout.path('calls'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  for await (const text of parent.stdout.setEncoding('utf8')) {
    if (!said.includes('ready') && `${said}${text}`.includes('ready')) parent.kill('SIGTERM')
    said += text
  }
  return said.replace(/ready as \d+\n/, '')
}

const shell = ['sh', '-c', 'node --import ./pretend.mjs scripts/cardinal.mjs serve; exit $?'] as const
const { PATH = '' } = process.env
const ofNpm = { npm_lifecycle_event: 'start', npm_execpath: '/usr/lib/npm-cli.js' }

describe('a server whose parent is gone', { concurrency: true, timeout: 120_000 }, () => {
  for (const [node, pretend] of [
    ['a recent Node', ''],
    ['an older Node', olderNode],
  ] as const) {
    test(`stops the orderly way under ${node} where npm had started it`, async () => {
      using checkout = new ThrowawayCheckout()
      await checkout.run('cardinal.mjs', [], {}, pretend)
      assert.equal(await leaveBehind(checkout, shell, ofNpm), 'told to stop\n')
    })
  }

  test('goes on where anybody else had', async () => {
    using checkout = new ThrowawayCheckout()
    await checkout.run('cardinal.mjs')
    assert.equal(await leaveBehind(checkout, shell, {}), 'went on alone\n')
  })

  test('stops the orderly way when the real npm is told to', async () => {
    using checkout = new ThrowawayCheckout()
    await checkout.run('cardinal.mjs')
    const scripts = { start: 'node scripts/cardinal.mjs serve' }
    checkout.write('package.json', JSON.stringify({ name: 'throwaway', type: 'module', scripts }))
    assert.equal(await leaveBehind(checkout, ['npm', '--silent', 'start'], {}), 'told to stop\n')
  })
})
