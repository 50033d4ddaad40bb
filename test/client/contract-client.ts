import { randomBytes, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type ApiClient, createApiClient } from '../../src/client/api-client.ts'
import { createVirtualSmartCard } from '../testbed/object-card/virtual-smart-card.ts'
import { FakeCertificateManagement } from './fake-certificate-management.ts'

/** A fake server, stopped at the test's end, and a client that repeats nothing. */
export async function startFake(
  t: TestContext,
): Promise<{ server: FakeCertificateManagement; client: ApiClient }> {
  const server = new FakeCertificateManagement()
  const baseUrl = await server.start()
  t.after(() => server.stop())
  return {
    server,
    client: createApiClient({ baseUrl, credentials: { user: 'alice', password: 'secret' }, retries: 0 }),
  }
}

export function newVirtualCard(adminKey: Uint8Array) {
  return createVirtualSmartCard({ cardId: randomUUID(), adminKey, randomBytes })
}

export const description = {
  osVersion: '6.3.9600.2',
  machineName: 'client.contoso.com',
  userName: 'CONTOSO\\alice',
  processName: 'test',
}
