import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { ApduCard } from '../../../src/card/apdu/apdu-card.ts'
import type { CardConnection } from '../../../src/card/card-connection.ts'
import { CardError } from '../../../src/card/card-error.ts'
import { newGidsCardState } from '../../../src/card/gids/virtual/new-gids-card.ts'
import {
  createVirtualGidsCard,
  openVirtualGidsCard,
} from '../../../src/card/gids/virtual/virtual-gids-card.ts'
import { newPivCardState } from '../../../src/card/piv/virtual/new-piv-card.ts'
import { createVirtualPivCard, openVirtualPivCard } from '../../../src/card/piv/virtual/virtual-piv-card.ts'
import type { EnrollableCard } from '../../../src/client/cards/enrollable-card.ts'
import { openEnrollableCard } from '../../../src/client/cards/open-enrollable-card.ts'
import type { RequestSubject } from '../../../src/client/create-request.ts'
import { endUse } from '../../../src/client/enrollment/end-use.ts'
import type { EnrollmentPerson, EnrollmentRun } from '../../../src/client/enrollment/enrollment-run.ts'
import { type JournalKeeper, keepInMemory } from '../../../src/client/enrollment/journal.ts'
import type { RequestType } from '../../../src/client/enumerations.ts'
import type { CardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import type { RequestView } from '../../../src/client/library/generated/answers.ts'
import { description } from '../contract-client.ts'

export const cardTemplate = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
export const softwareTemplate = '12bd5120-86a2-4ee1-8d05-131066871578'
export const pin = '73904182'
export const words = { answers: { 'Request Reason': 'Tests' }, comment: '' }
export const noWords = { answers: {}, comment: '' }

export const randomness = {
  randomBytes,
  randomUuid: randomUUID,
  randomInteger: (limit: number) => randomInt(limit),
}

export type Personality = 'GIDS' | 'PIV'

/** No two cards have the same: they would be one card to the server. */
let serialNumber = randomInt(2 ** 31)

/** A card as its maker delivers it, whose power can be cut. */
export interface BenchCard {
  /** The instructions of all commands that it was sent. */
  readonly instructions: readonly number[]
  /** Connects anew, as after inserting it. */
  open(pull?: Pull): Promise<EnrollableCard>
  /** The same, for other drivers. */
  connect(): CardConnection
}

/** The command at which a card leaves its reader, and whether it carries that one out before. */
export interface Pull {
  readonly at: number
  readonly carriesOut: boolean
}

/** @param made what becomes of the card before it is put into the reader */
export async function newBenchCard(
  personality: Personality,
  made: (card: ApduCard) => ApduCard = card => card,
): Promise<BenchCard> {
  let content: Uint8Array | undefined
  const store = {
    load: async () => content && Uint8Array.from(content),
    save: async (saved: Uint8Array) => {
      content = Uint8Array.from(saved)
    },
  }
  let card: ApduCard
  if (personality === 'GIDS') {
    await createVirtualGidsCard(newGidsCardState(), store)
    card = made(await openVirtualGidsCard({ store, randomBytes }))
  } else {
    await createVirtualPivCard(newPivCardState({ serialNumber: ++serialNumber }), store)
    card = made(await openVirtualPivCard({ store, randomBytes }))
  }
  const instructions: number[] = []
  const connect = (pull?: Pull): CardConnection => {
    let sent = 0
    return {
      answerToReset: card.answerToReset,
      async transmit(command) {
        instructions.push(command[1] ?? 0)
        const isGone = pull !== undefined && sent++ >= pull.at
        if (!isGone) return await card.transmit(command)
        if (pull.carriesOut && sent === pull.at + 1) await card.transmit(command)
        await card.reset()
        throw new CardError('card-removed', 'The card was taken out of its reader.')
      },
      disconnect: () => card.reset(),
    }
  }
  return {
    instructions,
    open: pull => openEnrollableCard(connect(pull), randomness),
    connect: () => connect(),
  }
}

export function newKeeper(operation: RequestType, subject: RequestSubject): JournalKeeper {
  return keepInMemory({
    server: 'http://cm.contoso.com',
    account: 'CONTOSO\\alice',
    operation,
    subject,
    target: { kind: 'reader' },
    begun: new Date().toISOString(),
  })
}

export interface BenchRun extends EnrollmentRun {
  readonly reported: string[]
}

export function runOf(client: CardinalClient, keeper: JournalKeeper): BenchRun {
  const reported: string[] = []
  return { client, keeper, description, reported, report: step => void reported.push(step) }
}

/** Somebody who agrees to everything and has one PIN. */
export function person(changes: Partial<EnrollmentPerson> = {}): EnrollmentPerson {
  return {
    confirm: async () => true,
    expectPin: async () => undefined,
    choosePin: async () => pin,
    currentPin: async () => pin,
    receivePin: async () => undefined,
    ...changes,
  }
}

/** Ends the use of what is not at hand. */
export async function end(
  client: CardinalClient,
  operation: 'Retire' | 'Revoke',
  subject: RequestSubject,
): Promise<RequestView> {
  return await endUse(runOf(client, newKeeper(operation, subject)), null, person(), noWords)
}
