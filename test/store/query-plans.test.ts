import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import {
  type CompiledQuery,
  type Dialect,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { AuditGuard } from '../../src/store/audit-guard.ts'
import { sqliteColumnTypes } from '../../src/store/column-types.ts'
import type { Database } from '../../src/store/database.ts'
import { migrationSteps } from '../../src/store/migrations.ts'
import { createReader } from '../../src/store/reader.ts'
import { NodeSqliteDriver } from '../../src/store/sqlite/node-sqlite-driver.ts'
import { createTransaction } from '../../src/store/transaction.ts'
import type { Reader, Transaction } from '../../src/workflows/ports/store.ts'
import {
  sampleAudit,
  sampleCertificate,
  samplePhysicalCard,
  sampleProfile,
  sampleProfileTemplate,
  sampleRequest,
  sampleSession,
  sampleSmartcard,
  sampleUser,
  someTime,
} from './records.ts'

/** Read as a whole: they hold a handful of rows, whatever the number of users and certificates. */
const tinyTables = new Map([
  ['role_assignments', 'one row for each role that an administrator gave to a user or group'],
  ['user_grants', 'one row for each right over users that an administrator gave'],
  ['certification_authorities', 'a root and its issuing authorities'],
  ['card_master_keys', 'one row for each time the master key was replaced'],
])

const firstPage = { after: null, limit: 9 }
const allAudit = { since: null, until: null, action: null, about: null, before: null, limit: 9 }
const everything = { involving: null, target: null, status: null, ...firstPage }

const reads: { [Method in keyof Reader]: ((reader: Reader) => Promise<unknown>)[] } = {
  findOrganisation: [reader => reader.findOrganisation()],
  findUser: [reader => reader.findUser('u')],
  findUserByName: [
    reader => reader.findUserByName('alice'),
    reader => reader.findUserByName('CONTOSO\\alice'),
    reader => reader.findUserByName('alice@contoso.com'),
  ],
  findUserBySid: [reader => reader.findUserBySid('s')],
  findLocalAccount: [reader => reader.findLocalAccount('u')],
  listGroupSidsOf: [reader => reader.listGroupSidsOf('s')],
  findGroupByName: [reader => reader.findGroupByName('staff')],
  findGroupBySid: [reader => reader.findGroupBySid('s')],
  listUsers: [
    reader => reader.listUsers({ after: null, limit: 9 }),
    reader => reader.listUsers({ after: sampleUser(), limit: 9 }),
  ],
  listGroups: [
    reader => reader.listGroups({ after: null, limit: 9 }),
    reader => reader.listGroups({ after: 'staff', limit: 9 }),
  ],
  listGroupMembers: [
    reader => reader.listGroupMembers('g', { after: null, limit: 9 }),
    reader => reader.listGroupMembers('g', { after: 's', limit: 9 }),
  ],
  listGroupNamesHolding: [reader => reader.listGroupNamesHolding('s')],
  listRoleAssignments: [reader => reader.listRoleAssignments()],
  listUserGrants: [reader => reader.listUserGrants()],
  findSession: [reader => reader.findSession('h')],
  findSessionAndOwner: [reader => reader.findSessionAndOwner('h')],
  listSessionsOfUser: [reader => reader.listSessionsOfUser('u', 9)],
  findApiToken: [reader => reader.findApiToken('h')],
  listApiTokensOfUser: [reader => reader.listApiTokensOfUser('u', 9)],
  findProfileTemplate: [reader => reader.findProfileTemplate('t')],
  findProfileTemplateVersion: [reader => reader.findProfileTemplateVersion('t', 1)],
  listProfileTemplates: [reader => reader.listProfileTemplates()],
  findCertificateTemplate: [reader => reader.findCertificateTemplate('t')],
  findRequest: [reader => reader.findRequest('r')],
  listRequests: [
    reader => reader.listRequests(everything),
    reader => reader.listRequests({ ...everything, status: 'pending' }),
    reader => reader.listRequests({ ...everything, target: 'u' }),
    reader => reader.listRequests({ ...everything, target: 'u', status: 'pending' }),
    reader => reader.listRequests({ ...everything, involving: 'u' }),
    reader => reader.listRequests({ ...everything, involving: 'u', status: 'pending' }),
    reader => reader.listRequests({ ...everything, involving: 'u', target: 'v' }),
  ],
  findExecutingRequestOfSmartcard: [reader => reader.findExecutingRequestOfSmartcard('c', 'u')],
  listOpenRequestsAbout: [reader => reader.listOpenRequestsAbout('p')],
  listApprovals: [reader => reader.listApprovals('r')],
  findSmartcard: [reader => reader.findSmartcard('s')],
  findPhysicalCard: [reader => reader.findPhysicalCard('c')],
  findToldUnblockingKey: [reader => reader.findToldUnblockingKey('c', 'r')],
  findHighestUnblockingKeyOfOthers: [reader => reader.findHighestUnblockingKeyOfOthers('c', 'r')],
  hasCompletedAssignment: [reader => reader.hasCompletedAssignment('c')],
  listSmartcardsByCardId: [reader => reader.listSmartcardsByCardId('c')],
  listSmartcardsOfUser: [reader => reader.listSmartcardsOfUser('u', firstPage)],
  findProfile: [reader => reader.findProfile('p')],
  listProfilesOfUser: [
    reader => reader.listProfilesOfUser('u', null, firstPage),
    reader => reader.listProfilesOfUser('u', 'active', firstPage),
  ],
  listCertificatesOfProfile: [reader => reader.listCertificatesOfProfile('p')],
  listCertificatesOfUser: [reader => reader.listCertificatesOfUser('u', firstPage)],
  listCertificatesOfRequest: [reader => reader.listCertificatesOfRequest('r')],
  findCertificateBySerialNumber: [reader => reader.findCertificateBySerialNumber('ca', '01')],
  listPreparedCertificates: [reader => reader.listPreparedCertificates(9)],
  listRevokedCertificates: [reader => reader.listRevokedCertificates('ca', someTime)],
  listDuePublications: [reader => reader.listDuePublications(someTime, 9)],
  findLatestRevocationList: [reader => reader.findLatestRevocationList('ca')],
  listCertificationAuthorities: [reader => reader.listCertificationAuthorities()],
  listCardMasterKeys: [reader => reader.listCardMasterKeys()],
  findSealedPin: [reader => reader.findSealedPin('s')],
  listAuditRecordsOfRequest: [reader => reader.listAuditRecordsOfRequest('r')],
  listAuditRecords: [
    reader => reader.listAuditRecords(allAudit),
    reader => reader.listAuditRecords({ ...allAudit, action: 'signed-in' }),
    reader => reader.listAuditRecords({ ...allAudit, since: someTime, until: someTime }),
    reader => reader.listAuditRecords({ ...allAudit, about: ['u'] }),
    reader =>
      reader.listAuditRecords({ ...allAudit, about: ['u', 'v'], action: 'signed-in', since: someTime }),
  ],
}

const template = sampleProfileTemplate()
const profile = sampleProfile(template)
const request = sampleRequest(template)

/** Every write that has a condition or that other tables refer to. What it finds does not matter, so its complaint about that is passed over. */
const writes: Record<string, (tx: Transaction) => Promise<unknown>> = {
  saveUsers: tx => tx.saveUsers([sampleUser(), sampleUser()]),
  saveGroup: tx => tx.saveGroup({ uuid: 'g', sid: 's', name: 'n', members: [] }),
  deleteGroup: tx => tx.deleteGroup({ uuid: 'g', sid: 's', name: 'n', members: [] }),
  deleteSessionsOfUser: tx => tx.deleteSessionsOfUser('u'),
  lockSession: tx => tx.lockSession('s'),
  updateSession: tx => tx.updateSession(sampleSession()),
  deleteSession: tx => tx.deleteSession('s'),
  lockApiToken: tx => tx.lockApiToken('t'),
  touchApiToken: tx => tx.touchApiToken('t', someTime),
  deleteApiToken: tx => tx.deleteApiToken('t'),
  deleteExpiredApiTokens: tx => tx.deleteExpiredApiTokens('u', someTime),
  deleteSessionsBefore: tx => tx.deleteSessionsBefore(someTime, someTime),
  saveProfileTemplate: tx => tx.saveProfileTemplate(template),
  insertRequest: tx => tx.insertRequest(request),
  insertProfile: tx => tx.insertProfile(profile),
  insertSmartcard: tx => tx.insertSmartcard(sampleSmartcard(profile)),
  insertCertificate: tx => tx.insertCertificate(sampleCertificate(request, profile)),
  saveUser: tx => tx.saveUser(sampleUser()),
  updateRequest: tx => tx.updateRequest(request),
  updateSmartcard: tx => tx.updateSmartcard(sampleSmartcard(profile)),
  updatePhysicalCard: tx => tx.updatePhysicalCard(samplePhysicalCard('c', 1)),
  updateProfile: tx => tx.updateProfile(profile),
  insertToldUnblockingKey: tx => tx.insertToldUnblockingKey({ cardId: 'c', requestUuid: 'r', generation: 1 }),
  finishCertificate: tx => tx.finishCertificate('c', { certificate: Uint8Array.of(1), thumbprint: 't' }),
  requestPublication: tx => tx.requestPublication('c', someTime),
  settlePublication: tx => tx.settlePublication('c', 1, someTime),
  removePublication: tx => tx.settlePublication('c', 1, null),
  postponePublication: tx => tx.postponePublication('c', 1, someTime),
  updateCertificateState: tx => tx.updateCertificateState('c', 'failed', null),
}

for (const [name, calls] of Object.entries(reads)) {
  test(`${name} runs on an index`, async () => {
    const { db, database, queries } = openWatched()
    for (const call of calls) await call(createReader(db))
    assertIndexed(database, queries)
  })
}

for (const [name, write] of Object.entries(writes)) {
  test(`${name} runs on an index`, async () => {
    const { db, database, queries } = openWatched()
    await write(createTransaction(db, new AuditGuard(), 'none')).catch(() => undefined)
    assertIndexed(database, queries)
  })
}

test('a list goes on behind any of its items on an index', async () => {
  const { db, database, queries } = openWatched()
  const transaction = createTransaction(db, new AuditGuard(), 'none')
  const smartcard = sampleSmartcard(profile)
  const certificate = sampleCertificate(request, profile)
  await transaction.saveProfileTemplate(template)
  await transaction.insertRequest(request)
  await transaction.insertProfile(profile)
  await transaction.insertSmartcard(smartcard)
  await transaction.insertCertificate(certificate)
  const reader = createReader(db)
  const behind = ({ uuid }: { readonly uuid: string }) => ({ after: uuid, limit: 9 })
  for (const status of [null, 'pending'] as const) {
    const ofAll = { ...everything, ...behind(request), status }
    await reader.listRequests(ofAll)
    await reader.listRequests({ ...ofAll, target: request.targetUuid })
    await reader.listRequests({ ...ofAll, involving: request.originatorUuid })
  }
  const owner = profile.assignedUserUuid
  await reader.listProfilesOfUser(owner, null, behind(profile))
  await reader.listProfilesOfUser(owner, 'active', behind(profile))
  await reader.listSmartcardsOfUser(owner, behind(smartcard))
  await reader.listCertificatesOfUser(certificate.ownerUuid, behind(certificate))
  assertIndexed(database, queries)
  // Not the order alone: the rows of earlier pages are not read again.
  const pages = queries.filter(({ sql }) => /limit \?/.test(sql) && /"(submitted|sequence)" <=? \?/.test(sql))
  assert.equal(pages.length, 10)
  for (const { sql, parameters } of pages) {
    const plan = database.prepare(`explain query plan ${sql}`).all(...parameters.map(toInputValue))
    const searches = plan
      .map(({ detail }) => String(detail))
      .filter(
        step => step.includes('INDEX requests_by') || /SEARCH \w+ USING INDEX \w+_by_(user|owner)/.test(step),
      )
    assert.ok(searches.length > 0, sql)
    for (const step of searches) assert.match(step, /(submitted|sequence)<\?/, sql)
  }
})

test('the list of audit records goes on behind any of them on an index, and reads no earlier page again', async () => {
  const { db, database, queries } = openWatched()
  await createTransaction(db, new AuditGuard(), 'none').audit(sampleAudit())
  const reader = createReader(db)
  for (const about of [null, ['u']]) {
    await reader.listAuditRecords({ ...allAudit, about, before: 1 })
    await reader.listAuditRecords({ ...allAudit, about, before: 1, action: 'signed-in' })
  }
  assertIndexed(database, queries)
  const pages = queries.filter(({ sql }) => /"sequence"\) < \(/.test(sql))
  assert.equal(pages.length, 8)
  for (const { sql, parameters } of pages) {
    const plan = database.prepare(`explain query plan ${sql}`).all(...parameters.map(toInputValue))
    for (const { detail } of plan) assert.match(String(detail), /USING INDEX .*\bat<\?/, sql)
  }
})

test('a scan would be noticed', () => {
  const { database } = openWatched()
  assert.deepEqual(findFaults(database, 'select * from users where mail = ?', ['m']), ['SCAN users'])
  assert.deepEqual(findFaults(database, 'select * from requests order by comment limit 1', []), [
    'SCAN requests',
    'USE TEMP B-TREE FOR ORDER BY',
  ])
})

function assertIndexed(database: DatabaseSync, queries: readonly CompiledQuery[]): void {
  assert.notEqual(queries.length, 0)
  for (const { sql, parameters } of queries) {
    assert.deepEqual(findFaults(database, sql, parameters.map(toInputValue)), [], sql)
  }
}

/** Steps of the plan that read more than the answer needs. */
function findFaults(database: DatabaseSync, sql: string, parameters: SQLInputValue[]): string[] {
  const plan = database.prepare(`explain query plan ${sql}`).all(...parameters)
  const steps = plan.map(({ detail }) => String(detail))
  const isBounded = /\blimit \?/.test(sql)
  const sorts = steps.filter(step => step === sort)
  return [
    ...steps.filter(step => isScan(step, isBounded) || passesStatusOver(step, sql)),
    ...sorts.slice(allowedSorts(steps, isBounded)),
  ]
}

/** The few pending among millions of completed ones are found by the index too, not by looking at each. */
function passesStatusOver(step: string, sql: string): boolean {
  const asksForStatus = /^select .* where .*(?<!\.)"status" = \?/.test(sql)
  return asksForStatus && step.includes(' USING INDEX ') && !step.includes('status=?')
}

const sort = 'USE TEMP B-TREE FOR ORDER BY'

/** Names of subqueries, which hold a bounded answer already. */
const derivedTables = new Set(['merged', 'originated', 'targeted', 'holding'])

function isScan(step: string, isBounded: boolean): boolean {
  const scanned = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$/.exec(step)
  if (scanned === null) return false
  const [, table = '', index] = scanned
  if (tinyTables.has(table) || derivedTables.has(table)) return false
  // A walk along an index in the order of the answer ends with the answer; a partial index holds nothing else.
  return index === undefined || !(isBounded || index.startsWith('current_') || index.startsWith('prepared_'))
}

/** What belongs to one object may be sorted; of what grows without end, the first rows must come in order by themselves. */
function allowedSorts(steps: readonly string[], isBounded: boolean): number {
  if (isBounded) return steps.filter(step => derivedTables.has(step.replace('SCAN ', ''))).length
  return steps.some(step => step.startsWith('SEARCH ')) ? steps.length : 0
}

function openWatched() {
  const database = new DatabaseSync(':memory:')
  const steps = Object.values(migrationSteps)
  const statements = steps.flatMap(step => step(sqliteColumnTypes))
  for (const statement of statements) database.exec(statement)
  const queries: CompiledQuery[] = []
  const dialect: Dialect = {
    createDriver: () => new NodeSqliteDriver(database, { busyTimeout: 0 }),
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: db => new SqliteIntrospector(db),
  }
  const db = new Kysely<Database>({
    dialect,
    log: event => {
      queries.push(event.query)
    },
  })
  return { db, database, queries }
}

function toInputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`An unexpected parameter: ${typeof value}`)
}
