import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestServer } from '../testbed/server.ts'
import type { CertificateFiles } from './client-certificate-authority.ts'
import { run } from './command.ts'

export interface Answer {
  readonly status: number
  /** The account that the server takes the caller for; null where it takes the caller for nobody. */
  readonly account: string | null
}

export const sessionPath = '/CertificateManagement/api/v2.0/session'

/** Asks by curl who the server takes us for. */
export async function whoAmI(
  server: TestServer,
  authority: string,
  files: CertificateFiles | null,
  ...options: readonly string[]
): Promise<Answer> {
  const identity = files === null ? [] : ['--cert', files.certificate, '--key', files.key]
  const call = ['--silent', '--show-error', '--cacert', authority, '--write-out', '\n%{http_code}']
  const result = await run('curl', ...call, ...identity, ...options, `${server.url}${sessionPath}`)
  assert.equal(result.code, 0, result.stderr)
  const lines = result.stdout.trimEnd().split('\n')
  return { status: Number(lines.pop()), account: accountIn(lines.join('\n')) }
}

export interface HandshakeOutcome extends Answer {
  /** What openssl prints of the connection. */
  readonly printed: string
}

/** Asks the same by openssl s_client. */
export async function handshake(
  server: TestServer,
  files: CertificateFiles | null,
  ...options: readonly string[]
): Promise<HandshakeOutcome> {
  const { host, hostname } = new URL(server.url)
  const identity = files === null ? [] : ['-cert', files.certificate, '-key', files.key]
  const client = spawn('openssl', ['s_client', '-connect', host, '-ign_eof', ...identity, ...options])
  let printed = ''
  for (const stream of [client.stdout, client.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  // The server's answer ends the connection, and with it openssl.
  client.stdin.write(`GET ${sessionPath} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
  await once(client, 'close')
  const status = Number(/HTTP\/1\.1 (\d{3})/.exec(printed)?.[1] ?? Number.NaN)
  return { status, account: accountIn(printed), printed }
}

function accountIn(text: string): string | null {
  return /"account":"CONTOSO\\\\([a-z]+)"/.exec(text)?.[1] ?? null
}

/** Asks, and expects that nobody is let in, and that the log gives this reason. */
export async function assertRefused(
  server: TestServer,
  ask: () => Promise<Answer>,
  reason: string | RegExp,
): Promise<void> {
  const before = server.output().length
  const { status, account } = await ask()
  assert.deepEqual({ status, account }, { status: 401, account: null })
  const [, logged = ''] = await server.untilSaid(/"reason":"([a-z-]+)"/, before)
  assert.match(logged, typeof reason === 'string' ? new RegExp(`^${reason}$`) : reason)
}
