import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { GroupSummary } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'

const pageSize = 500

/** Everybody in the local directory, by account name; read page by page, as they are asked for. */
export async function* listPeople(reader: Pick<Reader, 'listUsers'>): AsyncGenerator<DirectoryUser> {
  let after: DirectoryUser | null = null
  do {
    const page: readonly DirectoryUser[] = await reader.listUsers({ after, limit: pageSize })
    yield* page
    after = page.length < pageSize ? null : (page.at(-1) ?? null)
  } while (after !== null)
}

/** All groups of the local directory, by name. */
export async function* listGroupsOfDirectory(
  reader: Pick<Reader, 'listGroups'>,
): AsyncGenerator<GroupSummary> {
  let after: string | null = null
  do {
    const page: readonly GroupSummary[] = await reader.listGroups({ after, limit: pageSize })
    yield* page
    after = page.length < pageSize ? null : (page.at(-1)?.name ?? null)
  } while (after !== null)
}
