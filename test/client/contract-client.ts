import { randomBytes, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type CardinalClient, createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { createVirtualSmartCard } from '../testbed/object-card/virtual-smart-card.ts'
import { FakeCertificateManagement } from './fake-certificate-management.ts'

/** A fake server, stopped at the test's end, and a client that repeats nothing. */
export async function startFake(
  t: TestContext,
): Promise<{ server: FakeCertificateManagement; client: CardinalClient }> {
  const server = new FakeCertificateManagement()
  const baseUrl = await server.start()
  t.after(() => server.stop())
  return {
    server,
    client: createCardinalClient({ baseUrl, credentials: { user: 'alice', password: 'secret' }, retries: 0 }),
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
