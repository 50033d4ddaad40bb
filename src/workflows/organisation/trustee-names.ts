import { CardinalError } from '../../domain/error.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'

/** Security identifiers of the users and groups that an organisation file names. */
export class TrusteeNames {
  readonly #sids: ReadonlyMap<string, string>
  readonly #groups: readonly DirectoryGroup[]

  /**
   * @param sids by the names as the file writes them
   * @param groups of the file
   */
  constructor(sids: ReadonlyMap<string, string>, groups: readonly DirectoryGroup[]) {
    this.#sids = sids
    this.#groups = groups
  }

  /** @param name as it stands in the file. Throws InvalidParameter. */
  sidOf(name: string): string {
    const sid = this.#sids.get(name)
    if (sid === undefined) throw new CardinalError('InvalidParameter', `"${name}" is unknown.`)
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
