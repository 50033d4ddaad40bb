import type { ApiToken } from '../../src/domain/api-token.ts'
import type { AuditRecord } from '../../src/domain/audit-record.ts'
import type { DirectoryUser } from '../../src/domain/directory-user.ts'
import type { RoleAssignment } from '../../src/domain/organisation.ts'
import type { LocalAccount, Session } from '../../src/domain/session.ts'
import type { SignInStore, SignInTransaction } from '../../src/identity/sign-in-store.ts'

export interface SignInStoreFake extends SignInStore {
  /** By uuid. */
  readonly users: Map<string, DirectoryUser>
  readonly accounts: Map<string, LocalAccount>
  /** By uuid. */
  readonly sessions: Map<string, Session>
  /** By uuid. */
  readonly apiTokens: Map<string, ApiToken>
  readonly roleAssignments: RoleAssignment[]
  readonly auditRecords: AuditRecord[]
  /** Sessions that were updated, as they became. */
  readonly updates: Session[]
  /** When API tokens were used, as it was written. */
  readonly touches: Date[]
  failing: Error | null
}

/** Like the real store it refuses a transaction that changed something without an audit record. */
export function createSignInStoreFake(): SignInStoreFake {
  const users = new Map<string, DirectoryUser>()
  const accounts = new Map<string, LocalAccount>()
  const sessions = new Map<string, Session>()
  const apiTokens = new Map<string, ApiToken>()
  const roleAssignments: RoleAssignment[] = []
  const auditRecords: AuditRecord[] = []
  const updates: Session[] = []
  const touches: Date[] = []
  const findSession = async (tokenHash: string) => {
    const isIts = ({ tokenHash: current, offered, previousTokenHash }: Session) =>
      [current, offered?.tokenHash, previousTokenHash].includes(tokenHash)
    return [...sessions.values()].find(isIts) ?? null
  }
  const findLocalAccount = async (userUuid: string) => accounts.get(userUuid) ?? null
  const store: SignInStoreFake = {
    users,
    accounts,
    sessions,
    apiTokens,
    roleAssignments,
    auditRecords,
    updates,
    touches,
    failing: null,
    reader: {
      findLocalAccount,
      async findSessionAndOwner(tokenHash) {
        const session = await findSession(tokenHash)
        return session === null ? null : { session, owner: users.get(session.userUuid) ?? null }
      },
      findApiToken: async tokenHash =>
        [...apiTokens.values()].find(token => token.tokenHash === tokenHash) ?? null,
      listRoleAssignments: async () => [...roleAssignments],
    },
    transactor: {
      async transaction(work) {
        if (store.failing !== null) throw store.failing
        let needsAudit = false
        const auditedBefore = auditRecords.length
        const transaction: SignInTransaction = {
          async audit(record) {
            auditRecords.push(record)
          },
          findUser: async uuid => users.get(uuid) ?? null,
          findLocalAccount,
          findSession,
          lockSession: async uuid => sessions.get(uuid) ?? null,
          lockUser: async () => undefined,
          listSessionsOfUser: async (userUuid, limit) =>
            [...sessions.values()]
              .filter(session => session.userUuid === userUuid)
              .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
              .slice(0, limit),
          async insertSession(session) {
            needsAudit = true
            sessions.set(session.uuid, session)
          },
          async updateSession(session) {
            updates.push(session)
            if (sessions.has(session.uuid)) sessions.set(session.uuid, session)
          },
          async deleteSession(uuid) {
            const isDeleted = sessions.delete(uuid)
            needsAudit ||= isDeleted
            return isDeleted
          },
          async touchApiToken(uuid, at) {
            touches.push(at)
            const token = apiTokens.get(uuid)
            if (token !== undefined) apiTokens.set(uuid, { ...token, lastUsedAt: at })
          },
          async deleteSessionsBefore(lastSeen, begun) {
            for (const session of sessions.values()) {
              if (session.lastSeenAt < lastSeen || session.begunAt < begun) sessions.delete(session.uuid)
            }
          },
        }
        const result = await work(transaction)
        if (needsAudit && auditRecords.length === auditedBefore) throw new Error('No audit record.')
        return result
      },
    },
  }
  return store
}
