import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer, type TestServer } from '../testbed/server.ts'
import { runCardinal } from './command.ts'
import { basic } from './session.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server?.remove())

const list = (...args: string[]) => runCardinal(['audit', 'list', ...args], server.settings)

test('whoever guessed a password is read beside a server that runs, with address and correlation id', async () => {
  const answer = await fetch(`${server.url}/CertificateManagement/api/v2.0/session`, {
    headers: { authorization: basic('mona', 'wrong') },
  })
  assert.equal(answer.status, 401)
  const { code, stdout, stderr } = await list('--action', 'sign-in-refused', '--about', 'mona')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(
    stdout,
    /^\S+Z {2}sign-in-refused {2}by the server {2}on mona {2}name=mona {2}address=127\.0\.0\.1 {2}reason=wrong-password {2}correlationId=\S+\n$/,
  )
})

test('who did something at the command line is named, and JSON has every field', async () => {
  await runCardinal(['user', 'disable', 'bob'], server.settings)
  await runCardinal(['user', 'enable', 'bob'], server.settings)
  const { stdout } = await list('--about', 'bob')
  assert.match(stdout, /^\S+ {2}user-enabled {2}by \S+ at the command line .*\n\S+ {2}user-disabled /)
  const first = JSON.parse((await list('--about', 'bob', '--limit', '1', '--json')).stdout)
  assert.equal(first.records.length, 1)
  assert.deepEqual(Object.keys(first.records[0]).sort(), [
    ...['action', 'actorUuid', 'at', 'correlationId', 'facts', 'number', 'requestUuid', 'subject'],
  ])
  assert.equal(first.next, first.records[0].number)
  const page = await list('--about', 'bob', '--limit', '1', '--before', String(first.next))
  assert.match(page.stdout, /^\S+ {2}user-disabled /)
})

test('what the options do not take is refused in a sentence', async () => {
  for (const [args, said] of [
    [['--action', 'signed_in'], /Did you mean signed-in\?/],
    [['--since', 'yesterday'], /--since takes/],
    [['--before', '987654321'], /no audit record with the number 987654321/],
  ] as const) {
    const { code, stdout, stderr } = await list(...args)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, said)
  }
  assert.equal((await list('--until', '2000-01-01')).stdout, 'There is no such audit record.\n')
})
