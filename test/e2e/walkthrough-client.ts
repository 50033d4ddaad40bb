import { randomBytes, randomUUID } from 'node:crypto'
import type { SmartCard } from '../../src/card/smart-card.ts'
import { createVirtualSmartCard } from '../../src/card/virtual-smart-card.ts'
import type { ApiClient } from '../../src/client/api-client.ts'
import type { WalkthroughOptions } from '../../src/client/walkthrough/walkthrough-options.ts'

export const pin = '73-Orchid-9041'

export const description = {
  osVersion: '6.3.9600.2',
  machineName: 'client.contoso.com',
  userName: 'CONTOSO\\alice',
  processName: 'test',
}

export function newCard(adminKey: Uint8Array): SmartCard {
  return createVirtualSmartCard({ cardId: randomUUID(), adminKey, randomBytes })
}

/** What a walkthrough needs beside its client. */
export function walkthroughWith(
  client: ApiClient,
  changes: Partial<WalkthroughOptions> = {},
): WalkthroughOptions {
  return {
    client,
    createCard: newCard,
    answers: { 'Request Reason': 'Need VPN Certs' },
    pin,
    description,
    report: () => {},
    ...changes,
  }
}
