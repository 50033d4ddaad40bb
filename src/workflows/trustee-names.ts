import type { DirectoryUser } from '../domain/directory-user.ts'
import { CardinalError } from '../domain/error.ts'
import type { DirectoryGroup, Organisation } from '../domain/organisation.ts'

/** Security identifiers of the users and groups that an organisation file names. */
export class TrusteeNames {
  readonly #sids = new Map<string, string>()
  readonly #groups: readonly DirectoryGroup[]
  readonly #prefix: string

  constructor(
    organisation: Pick<Organisation, 'domain'>,
    users: readonly DirectoryUser[],
    groups: readonly DirectoryGroup[],
  ) {
    this.#prefix = `${organisation.domain.toLowerCase()}\\`
    this.#groups = groups
    for (const user of users) this.#sids.set(user.accountName.toLowerCase(), user.sid)
    for (const group of groups) this.#sids.set(group.name.toLowerCase(), group.sid)
  }

  /** @param name `alice`, `CONTOSO\alice`, a group's name or a security identifier. Throws InvalidParameter. */
  sidOf(name: string): string {
    if (/^S-1-\d/.test(name)) return name
    const key = name.toLowerCase()
    const sid = this.#sids.get(key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : key)
    if (sid === undefined) {
      throw new CardinalError(
        'InvalidParameter',
        `"${name}" is neither a user nor a group of the organisation file.`,
      )
    }
    return sid
  }

  /** A user's own identifier and those of the file's groups that the user is in, nested ones included. */
  sidsOfUser(sid: string): ReadonlySet<string> {
    const found = new Set([sid])
    for (let before = 0; before !== found.size; ) {
      before = found.size
      for (const group of this.#groups) {
        if (group.members.some(member => found.has(this.sidOf(member)))) found.add(group.sid)
      }
    }
    return found
  }
}
