import { randomUUID } from 'node:crypto'
import { as, type TestServer } from '../server.ts'
import { people, templates } from './people.ts'

const v1 = '/CertificateManagement/api/v1.0'
const v2 = '/CertificateManagement/api/v2.0'

/** What somebody has. */
export interface Possessions {
  readonly account: string
  readonly uuid: string
  /** A request that executes, with a card that is bound to it. */
  readonly executing: CardInHand
  /** A request that waits for approval. */
  readonly pending: string
  /** A request that an enrollment agent executes. */
  readonly byAgent: CardInHand
  /** The uuid of a session that nobody of these tests calls by. */
  readonly session: string
  readonly apiToken: string
}

export interface CardInHand {
  readonly request: string
  readonly smartcard: string
  readonly profile: string
  readonly cardId: string
}

/** Makes what people have, by a server that believes everybody to be who they say. */
export function possessionsOn(server: TestServer) {
  const { app, store, environment } = server

  async function create(path: string, account: string, payload: object) {
    const response = await app.inject({ method: 'POST', url: path, headers: as(account), payload })
    if (response.statusCode >= 300) throw new Error(`POST ${path}: ${response.body}`)
    return response.json()
  }
  const newRequest = async (account: string, profiletemplateuuid: string): Promise<string> => {
    const asksNothing = profiletemplateuuid === templates.logonCard
    const datacollection = asksNothing ? [] : [{ 'Request Reason': 'matrix' }]
    const payload = { type: 'Enroll', profiletemplateuuid, datacollection }
    return (await create(`${v1}/requests`, account, payload)).split('/').at(-1)
  }
  const uuidOf = async (account: string) => (await environment.directory.findUserByName(account))?.uuid ?? ''

  async function newCard(template: string, account: string, executor: string): Promise<CardInHand> {
    const [request, cardId] = [await newRequest(account, template), randomUUID()]
    const path: string = await create(`${v1}/smartcards`, executor, { requestid: request, cardid: cardId })
    const smartcard = path.split('/').at(-1) ?? ''
    const profile = (await store.reader.findSmartcard(smartcard))?.profileUuid ?? ''
    return { request, smartcard, profile, cardId }
  }

  const makers: { readonly [Name in keyof Possessions]: (account: string) => Promise<Possessions[Name]> } = {
    account: async account => account,
    uuid: uuidOf,
    executing: account => newCard(templates.virtualSmartcard, account, account),
    pending: account => newRequest(account, templates.logonCard),
    byAgent: account => newCard(templates.byAgent, account, people['enrollment-agent']),
    async session(account) {
      const known = new Set((await sessionsOf(account)).map(({ uuid }) => uuid))
      await create(`${v2}/session`, account, {})
      return (await sessionsOf(account)).find(({ uuid }) => !known.has(uuid))?.uuid ?? ''
    },
    async apiToken(account) {
      const payload = { name: 'possession', scopes: ['read'], expires: inDays(1) }
      return (await create(`${v2}/api-tokens`, account, payload)).uuid
    },
  }
  const sessionsOf = async (account: string) => store.reader.listSessionsOfUser(await uuidOf(account), 1000)

  return {
    /** One more of a kind, in the place of the one before. */
    async replace(possessions: Possessions, name: keyof Possessions): Promise<Possessions> {
      return { ...possessions, [name]: await makers[name](possessions.account) }
    },
    async of(account: string): Promise<Possessions> {
      return {
        account,
        uuid: await makers.uuid(account),
        executing: await makers.executing(account),
        pending: await makers.pending(account),
        byAgent: await makers.byAgent(account),
        session: await makers.session(account),
        apiToken: await makers.apiToken(account),
      }
    },
  }
}

export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString()
}
