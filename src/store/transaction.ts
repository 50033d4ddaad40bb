import type { Kysely } from 'kysely'
import type { Transaction } from '../workflows/ports/store.ts'
import type { AuditGuard } from './audit-guard.ts'
import type { Database } from './database.ts'
import type { RowLock } from './locks/row-lock.ts'
import { lockTable } from './locks/table-lock.ts'
import { lockUser } from './locks/user-lock.ts'
import { createReader } from './reader.ts'
import { saveRoleAssignment, saveUserGrant } from './tables/access-grants.ts'
import {
  deleteApiToken,
  deleteExpiredApiTokens,
  insertApiToken,
  lockApiToken,
  touchApiToken,
} from './tables/api-tokens.ts'
import { insertApproval } from './tables/approvals.ts'
import { insertAuditRecords } from './tables/audit-records.ts'
import { insertCardMasterKey, listCardMasterKeys } from './tables/card-master-keys.ts'
import {
  lookAtPublicationAgain,
  postponePublication,
  requestPublication,
  settlePublication,
} from './tables/certificate-publications.ts'
import { saveCertificateTemplate } from './tables/certificate-templates.ts'
import {
  finishCertificate,
  insertCertificate,
  reserveSerialNumber,
  updateCertificateState,
} from './tables/certificates.ts'
import {
  insertCertificationAuthority,
  listCertificationAuthorities,
} from './tables/certification-authorities.ts'
import { deleteGroup, saveGroup } from './tables/groups.ts'
import { saveOrganisation } from './tables/organisation.ts'
import { saveProfileTemplate } from './tables/profile-templates.ts'
import { findProfile, insertProfile, updateProfile } from './tables/profiles.ts'
import { findRequest, insertRequest, updateRequest } from './tables/requests.ts'
import { insertRevocationList } from './tables/revocation-lists.ts'
import {
  deleteSession,
  deleteSessionsBefore,
  deleteSessionsOfUser,
  insertSession,
  lockSession,
  updateSession,
} from './tables/sessions.ts'
import {
  findSmartcard,
  insertSmartcard,
  lockPhysicalCard,
  saveSealedPin,
  updatePhysicalCard,
  updateSmartcard,
} from './tables/smartcards.ts'
import { insertToldUnblockingKey } from './tables/told-unblocking-keys.ts'
import { saveLocalAccount, saveUsers } from './tables/users.ts'

/**
 * Everything that one database transaction can do.
 *
 * @param unaudited the database transaction itself, for the writes that need no audit record
 * @param guard notes every other write
 */
export function createTransaction(
  unaudited: Kysely<Database>,
  guard: AuditGuard,
  rowLock: RowLock,
): Transaction {
  const db = unaudited.withPlugin(guard)
  return {
    ...createReader(db),

    async audit(record) {
      await insertAuditRecords(unaudited, [record])
      guard.noteAuditRecord()
    },
    async auditAll(records) {
      await insertAuditRecords(unaudited, records)
      if (records.length > 0) guard.noteAuditRecord()
    },

    lockRequest: uuid => findRequest(db, uuid, rowLock),
    lockSmartcard: uuid => findSmartcard(db, uuid, rowLock),
    lockProfile: uuid => findProfile(db, uuid, rowLock),
    lockSession: uuid => lockSession(db, uuid, rowLock),
    lockApiToken: uuid => lockApiToken(db, uuid, rowLock),
    lockUser: uuid => lockUser(unaudited, uuid, rowLock),
    lockLocalDirectory: () => lockTable(unaudited, 'users', rowLock),
    lockPhysicalCard: cardId => lockPhysicalCard(db, cardId, rowLock),

    async listCertificationAuthorities() {
      await lockTable(unaudited, 'certification_authorities', rowLock)
      return await listCertificationAuthorities(db)
    },
    async listCardMasterKeys() {
      await lockTable(unaudited, 'card_master_keys', rowLock)
      return await listCardMasterKeys(db)
    },

    saveOrganisation: organisation => saveOrganisation(db, organisation),
    saveUser: user => saveUsers(db, [user]),
    saveUsers: users => saveUsers(db, users),
    saveGroup: group => saveGroup(db, group),
    deleteGroup: group => deleteGroup(db, group),
    saveLocalAccount: account => saveLocalAccount(db, account),
    saveRoleAssignment: assignment => saveRoleAssignment(db, assignment),
    saveUserGrant: grant => saveUserGrant(db, grant),
    insertSession: session => insertSession(db, session),
    updateSession: session => updateSession(unaudited, session),
    deleteSession: uuid => deleteSession(db, uuid),
    deleteSessionsOfUser: userUuid => deleteSessionsOfUser(db, userUuid),
    deleteSessionsBefore: (lastSeen, begun) => deleteSessionsBefore(unaudited, lastSeen, begun),
    insertApiToken: token => insertApiToken(db, token),
    touchApiToken: (uuid, at) => touchApiToken(unaudited, uuid, at),
    deleteApiToken: uuid => deleteApiToken(db, uuid),
    deleteExpiredApiTokens: (userUuid, before) => deleteExpiredApiTokens(unaudited, userUuid, before),

    saveProfileTemplate: template => saveProfileTemplate(db, template),
    saveCertificateTemplate: template => saveCertificateTemplate(db, template),

    insertRequest: request => insertRequest(db, request),
    updateRequest: request => updateRequest(db, request),
    insertApproval: approval => insertApproval(db, approval),

    insertSmartcard: smartcard => insertSmartcard(db, smartcard),
    updateSmartcard: smartcard => updateSmartcard(db, smartcard),
    updatePhysicalCard: card => updatePhysicalCard(db, card),
    insertToldUnblockingKey: told => insertToldUnblockingKey(db, told),
    saveSealedPin: (smartcardUuid, sealed) => saveSealedPin(db, smartcardUuid, sealed),
    insertProfile: profile => insertProfile(db, profile),
    updateProfile: profile => updateProfile(db, profile),

    reserveSerialNumber: (authorityUuid, serialNumber) =>
      reserveSerialNumber(db, authorityUuid, serialNumber),
    insertCertificate: record => insertCertificate(db, record),
    finishCertificate: (uuid, signed) => finishCertificate(db, uuid, signed),
    async updateCertificateState(uuid, state, revocation) {
      await updateCertificateState(db, uuid, state, revocation)
      // Whatever the reason was: what stands in the company's directory follows.
      await lookAtPublicationAgain(db, uuid)
    },
    requestPublication: (certificateUuid, at) => requestPublication(db, certificateUuid, at),
    settlePublication: (certificateUuid, generation, next) =>
      settlePublication(db, certificateUuid, generation, next),
    postponePublication: (certificateUuid, generation, until) =>
      postponePublication(unaudited, certificateUuid, generation, until),
    insertRevocationList: list => insertRevocationList(db, list),

    insertCertificationAuthority: record => insertCertificationAuthority(db, record),
    insertCardMasterKey: record => insertCardMasterKey(db, record),
  }
}
