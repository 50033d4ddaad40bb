import type { Organisation } from '../../domain/organisation.ts'
import { drawSecurityIdentifier } from '../../domain/security-identifier.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Reader } from '../ports/store.ts'

/**
 * Gives security identifiers to people and groups that are new: never the service's own, never one twice. Whoever draws
 * holds the lock of the local directory, or looks once more under it before saving.
 */
export class NewSecurityIdentifiers {
  readonly #randomness: Pick<Randomness, 'integer'>
  readonly #domainSid: string
  readonly #given: Set<string>

  /** @param stated those that others are about to get, since a file says so */
  constructor(
    randomness: Pick<Randomness, 'integer'>,
    { domainSid, serviceAccountSid }: Organisation,
    stated: Iterable<string> = [],
  ) {
    this.#randomness = randomness
    this.#domainSid = domainSid
    this.#given = new Set([serviceAccountSid, ...stated])
  }

  /** @param isTaken whether a user or a group has it already */
  draw(isTaken: (sid: string) => boolean): string {
    const sid = drawSecurityIdentifier(
      this.#domainSid,
      limit => this.#randomness.integer(limit),
      candidate => this.#given.has(candidate) || isTaken(candidate),
    )
    this.#given.add(sid)
    return sid
  }

  /** One that no user and no group in the store has. */
  async drawUnknownTo(reader: Pick<Reader, 'findUserBySid' | 'findGroupBySid'>): Promise<string> {
    for (;;) {
      const sid = this.draw(() => false)
      const owner = (await reader.findUserBySid(sid)) ?? (await reader.findGroupBySid(sid))
      if (owner === null) return sid
    }
  }
}
