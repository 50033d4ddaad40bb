import { type LdapEntry, readEntry } from '../../../src/directory/ldap/attributes/ldap-entry.ts'
import type { LdapConnection, Search } from '../../../src/directory/ldap/connection/ldap-connection.ts'

export type Answer = Parameters<typeof readEntry>[0][] | Error

/** Answers one search after the other with what the script says, and notes what was asked. */
export function scriptedConnection(
  url: string,
  answers: readonly Answer[],
): LdapConnection & { readonly asked: readonly Search[] } {
  const rest = [...answers]
  const asked: Search[] = []
  const search = async (search: Search): Promise<readonly LdapEntry[]> => {
    asked.push(search)
    const answer = rest.shift()
    if (answer === undefined) throw new Error('The script has no more answers.')
    if (answer instanceof Error) throw answer
    return answer.map(readEntry)
  }
  return {
    url,
    isOpen: true,
    asked,
    search,
    searchAll: search,
    changeValue: async () => {},
    close: async () => {},
  }
}
