import { readCsvPeople } from '../../src/directory/file/csv-people.ts'
import { readLdifPeople } from '../../src/directory/file/ldif-people.ts'
import { createLocalDirectory } from '../../src/directory/local-directory.ts'
import { CardinalError } from '../../src/domain/error.ts'
import {
  type ImportOptions,
  importPeople,
  type PeopleChanges,
  previewPeopleImport,
} from '../../src/workflows/people/import-people.ts'
import type { PeopleEnvironment } from '../../src/workflows/people/people-environment.ts'
import { type ShownUser, showUser } from '../../src/workflows/people/show-user.ts'
import type { Reader } from '../../src/workflows/ports/store.ts'
import { sampleSession } from '../store/records.ts'
import { openTestbed, type Testbed, type TestbedOptions } from '../testbed/environment.ts'

/** The demo organisation, whose administrator is `admin`, and somebody at the command line. */
export async function openPeople(
  t: Parameters<typeof openTestbed>[0],
  options: TestbedOptions = {},
): Promise<{ testbed: Testbed; environment: PeopleEnvironment }> {
  const testbed = await openTestbed(t, options)
  const { store, clock, randomness } = testbed
  return { testbed, environment: { store, clock, randomness, operator: 'root' } }
}

export const plainImport: ImportOptions = {
  addGroups: false,
  ignoreUnknownMembers: false,
  disableMissing: false,
  keep: [],
}

export function importCsv(
  environment: PeopleEnvironment,
  text: string,
  options: Partial<ImportOptions> = {},
): Promise<PeopleChanges> {
  return importPeople(environment, csv(text), { ...plainImport, ...options })
}

export function previewCsv(
  environment: PeopleEnvironment,
  text: string,
  options: Partial<ImportOptions> = {},
): Promise<PeopleChanges> {
  return previewPeopleImport(environment, csv(text), { ...plainImport, ...options })
}

export function importLdif(
  environment: PeopleEnvironment,
  text: string,
  options: Partial<ImportOptions> = {},
): Promise<PeopleChanges> {
  const file = readLdifPeople(Buffer.from(text), environment.clock.now())
  return importPeople(environment, file, { ...plainImport, ...options })
}

function csv(text: string) {
  return readCsvPeople(Buffer.from(text), { delimiter: ',', nearestName: () => undefined })
}

/** For assert.rejects: an error that somebody at the command line can mend. */
export function saying(pattern: RegExp): (error: unknown) => boolean {
  return error => error instanceof CardinalError && pattern.test(error.message)
}

/** Somebody whom the server keeps, where no company's directory is beside it. */
export function showLocal(reader: Reader, name: string): Promise<ShownUser> {
  return showUser({ reader, directory: createLocalDirectory(reader), company: null }, name)
}

/** Everything in the local directory, to compare. */
export async function stateOf({ store }: PeopleEnvironment) {
  const users = await store.reader.listUsers({ after: null, limit: 10_000 })
  const summaries = await store.reader.listGroups({ after: null, limit: 1000 })
  const groups = await Promise.all(summaries.map(({ name }) => store.reader.findGroupByName(name)))
  return { users, groups }
}

/** As if the user had signed in. */
export async function beginSession({ store }: PeopleEnvironment, userUuid: string, tokenHash: string) {
  await store.transactor.transaction(async transaction => {
    await transaction.insertSession(sampleSession({ userUuid, tokenHash }))
    await transaction.audit({
      ...{ at: new Date(), action: 'signed-in', actorUuid: null, requestUuid: null },
      ...{ subject: '', facts: {}, correlationId: null },
    })
  })
}
