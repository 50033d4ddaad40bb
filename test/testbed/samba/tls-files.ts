import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

export interface TlsFiles {
  /** PEM of the authority that issued the server's certificate. */
  readonly trusted: string
  /** PEM of an authority that bears the same name and issued nothing. */
  readonly foreign: string
}

/**
 * Makes `server-key.pem`, `server.pem` and `ca.pem` in the folder.
 *
 * @param names what the server's certificate is good for, as OpenSSL writes it: `DNS:dc1.contoso.test,IP:127.0.0.1`
 */
export async function createTlsFiles(folder: string, names: string): Promise<TlsFiles> {
  const file = (name: string) => path.join(folder, name)
  const openssl = (...args: string[]) =>
    promisify(execFile)('openssl', args, { cwd: folder, timeout: 60_000 })
  const key = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    name,
  ]
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      ...key(`${name}-key.pem`),
      '-out',
      `${name}.pem`,
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    )
  await Promise.all([authority('ca'), authority('foreign')])
  await openssl(
    'req',
    '-x509',
    ...key('server-key.pem'),
    ...['-out', 'server.pem', '-subj', '/CN=dc1.contoso.test', '-days', '2'],
    ...['-CA', 'ca.pem', '-CAkey', 'ca-key.pem'],
    ...['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
  )
  return {
    trusted: await readFile(file('ca.pem'), 'utf8'),
    foreign: await readFile(file('foreign.pem'), 'utf8'),
  }
}
