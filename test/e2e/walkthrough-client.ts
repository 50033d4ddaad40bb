import { newCardInMemory } from '../../src/client/cards/new-card-in-memory.ts'
import type { CardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import type { WalkthroughOptions } from '../../src/client/walkthrough/walkthrough-options.ts'

export const pin = '73-Orchid-9041'

export const description = {
  osVersion: '6.3.9600.2',
  machineName: 'client.contoso.com',
  userName: 'CONTOSO\\alice',
  processName: 'test',
}

/** What a walkthrough needs beside its client. */
export function walkthroughWith(
  client: CardinalClient,
  changes: Partial<WalkthroughOptions> = {},
): WalkthroughOptions {
  return {
    client,
    createCard: newCardInMemory,
    answers: { 'Request Reason': 'Need VPN Certs' },
    pin,
    description,
    report: () => {},
    ...changes,
  }
}
