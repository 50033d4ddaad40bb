import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { DirectoryGroup } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'

/**
 * Refuses a security identifier that two have, be it in the file or in the store: the one would have the rights of the
 * other, and no index looks at users and groups both. Drawn ones too, as others may have been drawing meanwhile.
 *
 * @throws CardinalError InvalidParameter
 */
export async function requireOwnIdentifiers(
  reader: Pick<Reader, 'findUserBySid' | 'findGroupBySid'>,
  users: readonly DirectoryUser[],
  groups: readonly DirectoryGroup[],
): Promise<void> {
  const owners = new Map<string, string>()
  const claim = async (sid: string, name: string, findAnother: () => Promise<string | null>) => {
    const another = owners.get(sid) ?? (await findAnother())
    if (another !== null) {
      throw new CardinalError(
        'InvalidParameter',
        `"${name}" cannot have the security identifier ${sid}: it belongs to "${another}".`,
      )
    }
    owners.set(sid, name)
  }
  const userBeside = async (sid: string, uuid: string | null) => {
    const user = await reader.findUserBySid(sid)
    return user === null || user.uuid === uuid ? null : user.accountName
  }
  const groupBeside = async (sid: string, uuid: string | null) => {
    const group = await reader.findGroupBySid(sid)
    return group === null || group.uuid === uuid ? null : group.name
  }
  for (const { sid, uuid, accountName } of users) {
    await claim(sid, accountName, async () => (await userBeside(sid, uuid)) ?? (await groupBeside(sid, null)))
  }
  for (const { sid, uuid, name } of groups) {
    await claim(sid, name, async () => (await userBeside(sid, null)) ?? (await groupBeside(sid, uuid)))
  }
}
