import assert from 'node:assert/strict'
import type { TestServer } from '../testbed/server.ts'

/** Signs in by name and password; returns the Cookie header's value. */
export async function beginSession(server: TestServer, user: string): Promise<string> {
  const authorization = basic(user, await server.passwordOf(user))
  const session = await fetch(`${server.url}/CertificateManagement/api/v2.0/session`, {
    method: 'POST',
    headers: { authorization },
  })
  assert.equal(session.status, 200, await session.text())
  return session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** An Authorization header's value (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
