import type { AuditAction, AuditRecord } from '../../domain/audit-record.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { FileFault, PeopleFile } from '../../domain/people-file.ts'
import type { Reader, Transaction } from '../ports/store.ts'
import { changeLocalDirectory } from './change-local-directory.ts'
import { changeFacts } from './change-user.ts'
import { keepAnAdministrator } from './keep-an-administrator.ts'
import { type LocalDirectorySnapshot, readLocalDirectory } from './local-directory-snapshot.ts'
import { changedFields, quote } from './local-user.ts'
import { NewSecurityIdentifiers } from './new-security-identifiers.ts'
import { operatorAuditEntry, type PeopleEnvironment } from './people-environment.ts'
import { type GroupOptions, GroupPlanner, type PlannedGroup } from './plan-groups.ts'
import { type PlannedPerson, planPeople } from './plan-people.ts'
import { requireOrganisation } from './require-local.ts'

export interface ImportOptions extends GroupOptions {
  /** Disables everybody who is not in the file, apart from those in `keep`. */
  readonly disableMissing: boolean
  /** Account names. */
  readonly keep: readonly string[]
}

/** What a file changes. Who and what is the same as before does not stand here. */
export interface PeopleChanges {
  readonly people: readonly PlannedPerson[]
  readonly missing: readonly DirectoryUser[]
  readonly groups: readonly PlannedGroup[]
  readonly unchanged: number
}

/** More are counted, and not listed. */
const mostListedFaults = 1000

/**
 * What an import would do, without doing it.
 *
 * @throws CardinalError InvalidParameter that names every fault by its line
 */
export async function previewPeopleImport(
  environment: PeopleEnvironment,
  file: PeopleFile,
  options: ImportOptions,
): Promise<PeopleChanges> {
  return await planImport(environment, environment.store.reader, file, options)
}

/**
 * Brings the people and groups of a file into the local directory, in one transaction: those who are there already, by
 * uuid or account name, are brought up to the file. Whoever is disabled is signed out.
 *
 * @throws CardinalError InvalidParameter that names every fault by its line, and when nobody would be left to administrate
 */
export async function importPeople(
  environment: PeopleEnvironment,
  file: PeopleFile,
  options: ImportOptions,
): Promise<PeopleChanges> {
  return await changeLocalDirectory(environment, async transaction => {
    const changes = await planImport(environment, transaction, file, options)
    if (changes.people.length + changes.missing.length + changes.groups.length === 0) return changes
    await keepAnAdministrator(transaction, () => saveChanges(environment, transaction, changes))
    await transaction.audit(
      operatorAuditEntry(environment, 'people-imported', (await requireOrganisation(transaction)).name, {
        people: changes.people.length,
        disabledAsMissing: changes.missing.length,
        groups: changes.groups.length,
        unchanged: changes.unchanged,
      }),
    )
    return changes
  })
}

async function planImport(
  environment: PeopleEnvironment,
  reader: Reader,
  file: PeopleFile,
  options: ImportOptions,
): Promise<PeopleChanges> {
  const organisation = await requireOrganisation(reader)
  const directory = await readLocalDirectory(reader)
  const faults = [...file.faults]
  const { randomness } = environment
  const sids = new NewSecurityIdentifiers(randomness, organisation, statedSecurityIdentifiers(file))
  const newIdentity = {
    uuid: () => randomness.uuid(),
    sid: () => sids.draw(sid => directory.bySid(sid) !== null),
  }
  const people = planPeople(file, directory, organisation, newIdentity, faults)
  const groups = new GroupPlanner(directory, options, newIdentity, faults).plan(file, people)
  const missing = options.disableMissing ? findMissing(people, directory, options.keep, faults) : []
  requireSoundFile(faults)
  const changedPeople = people.filter(isChangedPerson)
  const changedGroups = groups.filter(isChangedGroup)
  const planned = people.length + groups.length
  return {
    people: changedPeople,
    missing,
    groups: changedGroups,
    unchanged: planned - changedPeople.length - changedGroups.length,
  }
}

function statedSecurityIdentifiers({ people, groups }: PeopleFile): string[] {
  return [...people, ...groups].flatMap(({ sid, sidIfNew }) => sid ?? sidIfNew ?? [])
}

function findMissing(
  people: readonly PlannedPerson[],
  directory: LocalDirectorySnapshot,
  keep: readonly string[],
  faults: FileFault[],
): DirectoryUser[] {
  if (people.length === 0)
    faults.push({ line: 1, message: 'Nobody is in the file: everybody would be disabled.' })
  for (const name of keep) {
    if (directory.userByAccount(name) === null) {
      faults.push({ line: 1, message: `There is no user ${quote(name)} to be kept.` })
    }
  }
  const kept = new Set(keep.map(name => name.toLowerCase()))
  const present = new Set(people.map(({ after }) => after.uuid))
  return [...directory.users].filter(
    ({ uuid, accountName, enabled }) => enabled && !present.has(uuid) && !kept.has(accountName.toLowerCase()),
  )
}

function requireSoundFile(faults: readonly FileFault[]): void {
  if (faults.length === 0) return
  const sorted = faults.toSorted((left, right) => left.line - right.line)
  const listed = sorted.slice(0, mostListedFaults).map(({ line, message }) => `  line ${line}: ${message}`)
  const rest = faults.length - listed.length
  if (rest > 0) listed.push(`  … and ${rest} more`)
  throw new CardinalError(
    'InvalidParameter',
    `The file has faults, and nothing was changed:\n${listed.join('\n')}`,
  )
}

function isChangedPerson({ before, after }: PlannedPerson): boolean {
  return before === null || changedFields(before, after).length > 0
}

function isChangedGroup({ before, after }: PlannedGroup): boolean {
  if (before === null || before.name !== after.name || before.members.length !== after.members.length)
    return true
  const members = new Set(before.members)
  return after.members.some(member => !members.has(member))
}

async function saveChanges(
  environment: PeopleEnvironment,
  transaction: Transaction,
  { people, missing, groups }: PeopleChanges,
): Promise<void> {
  const records: AuditRecord[] = []
  const audit = (action: AuditAction, subject: string, facts: AuditRecord['facts']) =>
    records.push(operatorAuditEntry(environment, action, subject, facts))
  await letGoOfNames(transaction, people)
  const isDisabled = ({ before, after }: PlannedPerson) => before?.enabled === true && !after.enabled
  const disabled = people.filter(isDisabled).map(({ after }) => after)
  for (const { uuid } of [...disabled, ...missing]) await transaction.lockUser(uuid)
  await transaction.saveUsers([
    ...people.map(({ after }) => after),
    ...missing.map(user => ({ ...user, enabled: false })),
  ])
  for (const { before, after } of people) {
    if (before === null) audit('user-added', after.uuid, { accountName: after.accountName, sid: after.sid })
    else audit('user-changed', after.uuid, changeFacts(before, after))
  }
  for (const { uuid } of disabled) await transaction.deleteSessionsOfUser(uuid)
  for (const { uuid, accountName } of missing) {
    const endedSessions = await transaction.deleteSessionsOfUser(uuid)
    audit('user-disabled', uuid, { accountName, endedSessions })
  }
  for (const { before, after } of groups) {
    await transaction.saveGroup(after)
    const facts = { name: after.name, sid: after.sid, members: after.members.length }
    if (before === null) audit('group-added', after.uuid, facts)
    else audit('group-members-changed', after.uuid, { ...facts, membersBefore: before.members.length })
  }
  await transaction.auditAll(records)
}

/** Two people may have exchanged a name: until all have their new ones, nobody has one that another could be given. */
async function letGoOfNames(transaction: Transaction, people: readonly PlannedPerson[]): Promise<void> {
  const renamed = people.flatMap(({ before, after }) => {
    const isRenamed =
      before?.accountName !== after.accountName || before.userPrincipalName !== after.userPrincipalName
    return before !== null && isRenamed ? [before] : []
  })
  await transaction.saveUsers(
    renamed.map(user => ({ ...user, accountName: user.uuid, userPrincipalName: null })),
  )
}
