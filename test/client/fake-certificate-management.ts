import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { authenticationResponse } from '../../src/card/secrets/admin-key.ts'
import { decodeBase64Lines, encodeBase64Lines } from '../../src/x509/base64-lines.ts'
import { FakeIssuingAuthority } from './fake-issuing-authority.ts'

export const templateUuid = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
export const softwareTemplateUuid = '12bd5120-86a2-4ee1-8d05-131066871578'
export const defaultAdminKey = Buffer.from('010203040506070801020304050607080102030405060708', 'hex')
const zeroGuid = '00000000-0000-0000-0000-000000000000'

interface Card {
  readonly uuid: string
  readonly cardId: string
  status: number
}

interface Request {
  readonly uuid: string
  readonly type: string
  readonly template: string
  readonly answers: unknown
  status: number
  card: Card | null
}

/** The properties of all request bodies. */
interface Body {
  readonly type?: string
  readonly datacollection?: string
  readonly profiletemplateuuid?: string
  readonly smartcard?: string
  readonly requestid?: string
  readonly cardid?: string
  readonly certificaterequests?: readonly string[]
  readonly status?: string
}

export interface Played {
  readonly method: string
  readonly path: string
  readonly body: Body
}

/**
 * Plays the contract for one user with one card, by a script and not by rules: it refuses the wrong order with 409, and
 * signs with a real authority. It can lose any call before or after carrying it out.
 */
export class FakeCertificateManagement {
  readonly played: Played[] = []
  /** Everything secret that it gave out, as it went over the wire. */
  readonly secrets = new Set<string>([defaultAdminKey.toString('hex')])
  readonly cards = new Map<string, Card>()
  readonly requests = new Map<string, Request>()
  issuedCount = 0

  /** What it departs from the contract in. */
  trick: 'none' | 'other-key' | 'other-signer' | 'no-root' = 'none'
  initialStatus = 3
  hashAlgorithmName = 'SHA256'
  refusal: string | null = null
  configurationChanges: Readonly<Record<string, unknown>> = {}
  /** What the server proposes as PIN; a null is answered by 204. */
  proposedPin: string | null = null
  forgetsCompletion = false
  /** The calls from this one on (0 is the first) find the server dead, until it is revived. */
  diesAt: { readonly call: number; readonly carriesOut: boolean } | null = null

  readonly #authority = new FakeIssuingAuthority()
  readonly #adminKeys = new Map<string, Buffer>()
  readonly #issued = new Map<string, { response: Uint8Array; thumbprint: string }>()
  readonly #server: Server
  #calls = 0

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(error => {
        response.writeHead(500, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ Message: String(error), ErrorCode: 'InternalError' }))
      })
    })
  }

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const call = this.#calls++
    const isDying = this.diesAt !== null && call >= this.diesAt.call
    if (isDying && this.diesAt?.carriesOut !== true) return void request.socket.destroy()
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname.toLowerCase().replace('/certificatemanagement/api/v1.0/', '')
    this.played.push({ method: request.method ?? '', path: `${path}${url.search}`, body })
    const [status, answer] = await this.#play(`${request.method} ${path}`, url.searchParams, body)
    if (isDying) return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    response.end(status === 204 ? undefined : JSON.stringify(answer))
  }

  async #play(line: string, query: URLSearchParams, body: Body): Promise<[number, unknown]> {
    for (const [pattern, play] of this.#script) {
      const match = pattern.exec(line)
      if (match !== null) return await play(match.slice(1), query, body)
    }
    return [404, { Message: `There is no such route: ${line}.`, ErrorCode: 'RouteNotFound' }]
  }

  readonly #script: readonly (readonly [
    RegExp,
    (ids: string[], query: URLSearchParams, body: Body) => [number, unknown] | Promise<[number, unknown]>,
  ])[] = [
    [/^GET profiletemplates$/, () => [200, profileTemplates]],
    [/^GET profiletemplates\/([^/]+)\/policies\/(\w+)$/, ([, type]) => [200, policy(type === 'enroll')]],
    [
      /^GET profiletemplates\/([^/]+)\/configuration\/smartcards$/,
      ([template]) =>
        template === templateUuid ? [200, { ...configuration, ...this.configurationChanges }] : [204, null],
    ],
    [/^POST requests$/, (_ids, _query, body) => this.#createRequest(body)],
    [/^GET requests\/([^/]+)$/, ([uuid]) => this.#withRequest(uuid, request => [200, requestView(request)])],
    [/^PUT requests\/([^/]+)$/, ([uuid]) => this.#withRequest(uuid, request => this.#complete(request))],
    [
      /^GET requests\/([^/]+)\/certificaterequestgenerationoptions$/,
      () => [200, [{ ...generationOptions, HashAlgorithmName: this.hashAlgorithmName }]],
    ],
    [
      /^POST requests\/([^/]+)\/certificatedata$/,
      ([uuid], _query, body) => this.#withRequest(uuid, request => this.#issue(request, body)),
    ],
    [/^POST smartcards$/, (_ids, _query, body) => this.#bind(body)],
    [/^GET smartcards\/([^/]+)$/, ([uuid]) => this.#withCard(uuid, card => [200, cardView(card)])],
    [
      /^GET smartcards\/([^/]+)\/certificates$/,
      () => [200, [...this.#issued.values()].map(({ thumbprint }) => heldCertificate(thumbprint))],
    ],
    [
      /^PUT requests\/([^/]+)\/smartcards\/([^/]+)$/,
      ([, uuid]) =>
        this.#withCard(uuid, card => {
          card.status = 6
          return [200, cardView(card)]
        }),
    ],
    [
      /^GET requests\/([^/]+)\/smartcards\/([^/]+)\/diversifiedkey$/,
      ([, uuid]) =>
        this.#withCard(uuid, card => [200, this.#secret(this.#adminKey(card).toString('base64'))]),
    ],
    [
      /^GET requests\/([^/]+)\/smartcards\/([^/]+)\/serverproposedpin$/,
      () => (this.proposedPin === null ? [204, null] : [200, this.proposedPin]),
    ],
    [
      /^GET requests\/([^/]+)\/smartcards\/([^/]+)\/authenticationresponse$/,
      ([, uuid], query) => this.#withCard(uuid, card => this.#respond(card, query)),
    ],
  ]

  #createRequest(body: Body): [number, unknown] {
    const card = this.cards.get(String(body.smartcard)) ?? null
    const uuid = randomUUID()
    const type = String(body.type)
    this.requests.set(uuid, {
      uuid,
      type,
      template: String(body.profiletemplateuuid ?? templateUuid).toLowerCase(),
      answers: JSON.parse(String(body.datacollection)),
      status: this.initialStatus,
      card: type === 'Unblock' ? card : null,
    })
    return [201, `api/v1.0/requests/${uuid}`]
  }

  #bind(body: Body): [number, unknown] | Promise<[number, unknown]> {
    return this.#withRequest(String(body.requestid), request => {
      if (request.status !== 3 && request.status !== 18) return conflict('The request is not approved.')
      const card = request.card ?? { uuid: randomUUID(), cardId: String(body.cardid), status: 2 }
      if (card.cardId !== body.cardid) return conflict('The request is bound to another card.')
      request.card = card
      request.status = 18
      this.cards.set(card.uuid, card)
      return [201, `api/v1.0/smartcards/${card.uuid}`]
    })
  }

  #respond(card: Card, query: URLSearchParams): [number, unknown] {
    const challenge = Buffer.from(query.get('challenge') ?? '', 'base64')
    const key = query.get('diversified') === 'True' ? this.#adminKey(card) : defaultAdminKey
    this.#secret(challenge.toString('base64'))
    return [200, this.#secret(Buffer.from(authenticationResponse(key, challenge)).toString('base64'))]
  }

  async #issue(request: Request, body: Body): Promise<[number, unknown]> {
    if (this.refusal !== null) return [200, [{ ...certificateView, isPkcs7: false, Error: this.refusal }]]
    const [text] = body.certificaterequests ?? []
    const known = this.#issued.get(`${request.uuid} ${text}`)
    const issued = known ?? (await this.#authority.issue(decodeBase64Lines(text ?? ''), this.trick))
    if (known === undefined) this.issuedCount++
    this.#issued.set(`${request.uuid} ${text}`, issued)
    return [200, [{ ...certificateView, Pkcs7: encodeBase64Lines(issued.response) }]]
  }

  #complete(request: Request): [number, unknown] {
    if (request.status === 8) return conflict('The request is completed.')
    if (!this.forgetsCompletion && request.card !== null) request.card.status = 3
    request.status = 8
    return [200, requestView(request)]
  }

  #adminKey(card: Card): Buffer {
    const key = this.#adminKeys.get(card.cardId) ?? randomBytes(24)
    this.#adminKeys.set(card.cardId, key)
    return key
  }

  #secret(text: string): string {
    this.secrets.add(text)
    return text
  }

  #withRequest(
    uuid: string | undefined,
    play: (request: Request) => [number, unknown] | Promise<[number, unknown]>,
  ): [number, unknown] | Promise<[number, unknown]> {
    const request = this.requests.get(uuid ?? '')
    return request === undefined ? [204, null] : play(request)
  }

  #withCard(uuid: string | undefined, play: (card: Card) => [number, unknown]): [number, unknown] {
    const card = this.cards.get(uuid ?? '')
    return card === undefined ? [204, null] : play(card)
  }
}

function conflict(Message: string): [number, unknown] {
  return [409, { Message, ErrorCode: 'RequestStateForbids', CorrelationId: randomUUID() }]
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
}

const profileTemplates = [
  {
    Name: 'FIM CM Sample Profile Template',
    Description: '',
    Uuid: softwareTemplateUuid,
    IsSmartcardProfileTemplate: false,
    IsVirtualSmartcardProfileTemplate: false,
  },
  {
    Name: 'Virtual Smartcard VPN',
    Description: 'For remote access',
    Uuid: templateUuid,
    IsSmartcardProfileTemplate: true,
    IsVirtualSmartcardProfileTemplate: true,
  },
]

function policy(asks: boolean) {
  const question = {
    Name: 'Request Reason',
    Description: '',
    Role: 'Subscriber',
    Type: 'String',
    Required: true,
    Storage: 'Database',
    Validation: { Type: 'None', Data: '' },
  }
  const questions = asks ? [question] : []
  return {
    ApprovalsNeeded: 0,
    AuthorizedApprover: '',
    AuthorizedEnrollmentAgent: '',
    AuthorizedInitiator: '',
    CollectComments: false,
    CollectRequestPriority: false,
    DefaultRequestPriority: 0,
    Documents: [],
    Enabled: true,
    EnrollAgentRequired: false,
    OneTimePasswordPolicy: null,
    Personalization: null,
    PolicyDataCollection: questions,
    SelfServiceEnabled: true,
    DataCollection: questions,
    EraseCard: true,
  }
}

const configuration = {
  AdminPinPolicy: null,
  AllowSmartcardReuse: true,
  CardInitializationData: null,
  CardInitializationType: '',
  CertificateLabel: '',
  DoNotInstallCaCertificates: false,
  EraseOnOverflow: false,
  InitializeNewSmartcard: true,
  MaxNumberOfCertificates: 0,
  ProviderId: '',
  ProviderName: 'MSBaseCSP',
  ProviderType: '',
  SmartcardPrintPolicy: null,
  UserPinPolicy: { MinimumLength: 4, MaximumLength: 127 },
  DefaultAdminKeyHex: defaultAdminKey.toString('hex'),
  DiversifyAdminKey: true,
  UserPinOption: 1,
  IsVirtualSmartcard: true,
}

const generationOptions = {
  Subject: '',
  KeyAlgorithmName: 'ECDSA_P256',
  KeySize: 256,
  FriendlyName: '',
  HashAlgorithmName: 'SHA256',
  KeyStorageProviderNames: ['Microsoft Smart Card Key Storage Provider'],
  Exportable: 0,
  KeyProtectionLevel: 0,
  KeyUsages: 3,
}

const certificateView = {
  TemplateCommonName: 'Sample',
  CertificateId: 0,
  Flags: 0,
  UseLocalMachineStore: false,
  IsExternal: false,
  Error: null,
  Pkcs7: null,
  Pfx: null,
  isServerGenerated: false,
  isPfx: false,
  isPkcs7: true,
  isKeyHistory: false,
}

function requestView(request: Request) {
  return {
    Uuid: request.uuid,
    RequestType: 1,
    Status: request.status,
    Flags: 2,
    DataCollection: [],
    DataCollectionFlags: 32,
    OriginatorUserUuid: zeroGuid,
    TargetUserUuid: zeroGuid,
    Submitted: '2026-07-07T23:36:21.93Z',
    Completed: '0001-01-01T00:00:00',
    NewProfileUuid: request.status === 8 ? 'b99ff38c-6653-471f-ae3c-325bb351a6bc' : zeroGuid,
    OldProfileUuid: zeroGuid,
    NewSmartcardUuid: request.card?.uuid ?? zeroGuid,
    OldSmartcardUuid: zeroGuid,
    Priority: 0,
    Comment: '',
    ProfileTemplateUuid: request.template,
    SecurityDescriptor: 'O:S-1-5-21-1-2-3-4D:(A;;RC;;;WD)\u0000',
    IsSmartcard: true,
    IsEnrollmentAgent: false,
    IsDataCollectionComplete: true,
  }
}

function cardView(card: Card) {
  return {
    Uuid: card.uuid,
    Status: card.status,
    Flags: 1,
    ParentSmartcardUuid: zeroGuid,
    PrimarySmartcardUuid: zeroGuid,
    PermanentSmartcardUuid: zeroGuid,
    AssignedUserUuid: zeroGuid,
    ProfileTemplateUuid: templateUuid,
    ProfileTemplateVersion: 1,
    Comment: '',
    SerialNumber: `{${card.cardId}}`,
    Middleware: 'MSBaseCSP',
    Atr: '3b8d0180fba000000397425446590301c8',
  }
}

function heldCertificate(Thumbprint: string) {
  return {
    IsKeyHistory: false,
    ArchivedOnCa: false,
    CertificateType: 1,
    TemplateCommonName: 'Sample',
    SerialNumber: '01',
    Thumbprint,
  }
}
