import { randomBytes, randomUUID } from 'node:crypto'
import { parseAdminKeyHex } from '../../src/card/secrets/admin-key.ts'
import type { SmartCard } from '../../src/card/smart-card.ts'
import { createCardinalClient } from '../../src/client/library/create-cardinal-client.ts'
import { runWalkthrough, sampleProfileTemplateUuid } from '../../src/client/walkthrough/run-walkthrough.ts'
import { newWalkthroughState } from '../../src/client/walkthrough/walkthrough-state.ts'
import { createVirtualSmartCard } from '../../test/testbed/object-card/virtual-smart-card.ts'
import { type Measurement, median } from '../measurement.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openConnections } from './api-connections.ts'
import { startServerProcess } from './server-process.ts'

const connections = 4
const rounds = 4
const perRound = 30
const pin = '48151623'
/** The PIN that a new virtual card has. */
const initialPin = '12345678'

interface PreparedCard {
  readonly card: SmartCard
  readonly keyId: string
}

/**
 * Whole walkthroughs of the published sample enrollment, several at once. The key on each card is made beforehand:
 * RSA key generation would outweigh all the rest. What else card and client do is in the figure, in this process.
 */
export async function measureWalkthroughs(): Promise<Measurement[]> {
  await using folder = await temporaryFolder()
  await using server = await startServerProcess({ dataDir: folder.path })
  const password = await server.passwordOf('alice')
  using api = await openConnections({ url: server.url, user: 'alice', password, connections })
  const client = createCardinalClient({ baseUrl: server.url, credentials: { cookie: api.cookie } })
  const configuration = await client.call('GET /v1.0/profiletemplates/{id}/configuration/smartcards', {
    path: { id: sampleProfileTemplateUuid },
  })
  if (configuration === null) throw new Error('The demo organisation lacks the template of the walkthrough.')
  const adminKey = parseAdminKeyHex(configuration.DefaultAdminKeyHex)
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    const cards = await Promise.all(Array.from({ length: perRound }, () => prepareCard(adminKey)))
    const start = performance.now()
    await api.forEach(cards, ({ card, keyId }) =>
      runWalkthrough({
        client,
        createCard: () => card,
        answers: { 'Request Reason': 'Bench' },
        pin,
        description: {
          osVersion: '6.3.9600.2',
          machineName: 'bench',
          userName: 'CONTOSO\\alice',
          processName: 'bench',
        },
        report: () => {},
        state: newWalkthroughState({ keyId }),
      }),
    )
    rates.push((perRound * 1000) / (performance.now() - start))
  }
  return [{ name: 'whole walkthroughs', value: median(rates), unit: '/s' }]
}

async function prepareCard(adminKey: Uint8Array): Promise<PreparedCard> {
  const card = createVirtualSmartCard({ cardId: randomUUID(), adminKey, randomBytes })
  await card.verifyPin(initialPin)
  const { keyId } = await card.generateKeyPair({ algorithm: 'RSA', keySize: 2048 })
  return { card, keyId }
}
