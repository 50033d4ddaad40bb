import type { AuditRecord } from '../../src/domain/audit-record.ts'
import type { RoleAssignment } from '../../src/domain/organisation.ts'
import type { LocalAccount, Session } from '../../src/domain/session.ts'
import type { SignInStore, SignInTransaction } from '../../src/identity/sign-in-store.ts'

export interface SignInStoreFake extends SignInStore {
  readonly accounts: Map<string, LocalAccount>
  readonly sessions: Map<string, Session>
  readonly roleAssignments: RoleAssignment[]
  readonly auditRecords: AuditRecord[]
  readonly touches: Date[]
  failing: Error | null
}

/** Like the real store it refuses a transaction that changed something without an audit record. */
export function createSignInStoreFake(): SignInStoreFake {
  const accounts = new Map<string, LocalAccount>()
  const sessions = new Map<string, Session>()
  const roleAssignments: RoleAssignment[] = []
  const auditRecords: AuditRecord[] = []
  const touches: Date[] = []
  const store: SignInStoreFake = {
    accounts,
    sessions,
    roleAssignments,
    auditRecords,
    touches,
    failing: null,
    reader: {
      findLocalAccount: async userUuid => accounts.get(userUuid) ?? null,
      findSession: async tokenHash => sessions.get(tokenHash) ?? null,
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
          findSession: async tokenHash => sessions.get(tokenHash) ?? null,
          async insertSession(session) {
            needsAudit = true
            sessions.set(session.tokenHash, session)
          },
          async touchSession(tokenHash, at) {
            touches.push(at)
            const session = sessions.get(tokenHash)
            if (session !== undefined) sessions.set(tokenHash, { ...session, lastSeenAt: at })
          },
          async deleteSession(tokenHash) {
            needsAudit = true
            sessions.delete(tokenHash)
          },
          async deleteSessionsBefore(lastSeen, begun) {
            for (const session of sessions.values()) {
              if (session.lastSeenAt < lastSeen || session.begunAt < begun) sessions.delete(session.tokenHash)
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
