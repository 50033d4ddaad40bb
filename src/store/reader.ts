import type { Kysely } from 'kysely'
import type { Reader } from '../workflows/ports/store.ts'
import type { Database } from './database.ts'
import { listRoleAssignments, listUserGrants } from './tables/access-grants.ts'
import { findApiToken, listApiTokensOfUser } from './tables/api-tokens.ts'
import { listApprovals } from './tables/approvals.ts'
import { listAuditRecords, listAuditRecordsOfRequest } from './tables/audit-records.ts'
import { listCardMasterKeys } from './tables/card-master-keys.ts'
import { listDuePublications } from './tables/certificate-publications.ts'
import { findCertificateTemplate } from './tables/certificate-templates.ts'
import {
  findCertificateBySerialNumber,
  listCertificatesOfProfile,
  listCertificatesOfRequest,
  listCertificatesOfUser,
  listPreparedCertificates,
  listRevokedCertificates,
} from './tables/certificates.ts'
import { listCertificationAuthorities } from './tables/certification-authorities.ts'
import {
  findGroupByName,
  findGroupBySid,
  listGroupMembers,
  listGroupNamesHolding,
  listGroupSidsOf,
  listGroups,
} from './tables/groups.ts'
import { findOrganisation } from './tables/organisation.ts'
import {
  findProfileTemplate,
  findProfileTemplateVersion,
  listProfileTemplates,
} from './tables/profile-templates.ts'
import { findProfile, listProfilesOfUser } from './tables/profiles.ts'
import {
  findExecutingRequestOfSmartcard,
  findRequest,
  listOpenRequestsAbout,
  listRequests,
} from './tables/requests.ts'
import { findLatestRevocationList } from './tables/revocation-lists.ts'
import { findSession, findSessionAndOwner, listSessionsOfUser } from './tables/sessions.ts'
import {
  findPhysicalCard,
  findSealedPin,
  findSmartcard,
  hasCompletedAssignment,
  listSmartcardsByCardId,
  listSmartcardsOfUser,
} from './tables/smartcards.ts'
import { findHighestUnblockingKeyOfOthers, findToldUnblockingKey } from './tables/told-unblocking-keys.ts'
import { findLocalAccount, findUser, findUserByName, findUserBySid, listUsers } from './tables/users.ts'

/** Reads what is committed, or, given a transaction, what that transaction sees. */
export function createReader(db: Kysely<Database>): Reader {
  return {
    findOrganisation: () => findOrganisation(db),
    findUser: uuid => findUser(db, uuid),
    findUserByName: name => findUserByName(db, name),
    findUserBySid: sid => findUserBySid(db, sid),
    findLocalAccount: userUuid => findLocalAccount(db, userUuid),
    listGroupSidsOf: memberSid => listGroupSidsOf(db, memberSid),
    findGroupByName: name => findGroupByName(db, name),
    findGroupBySid: sid => findGroupBySid(db, sid),
    listUsers: page => listUsers(db, page),
    listGroups: page => listGroups(db, page),
    listGroupMembers: (groupUuid, page) => listGroupMembers(db, groupUuid, page),
    listGroupNamesHolding: memberSid => listGroupNamesHolding(db, memberSid),
    listRoleAssignments: () => listRoleAssignments(db),
    listUserGrants: () => listUserGrants(db),
    findSession: tokenHash => findSession(db, tokenHash),
    findSessionAndOwner: tokenHash => findSessionAndOwner(db, tokenHash),
    listSessionsOfUser: (userUuid, limit) => listSessionsOfUser(db, userUuid, limit),
    findApiToken: tokenHash => findApiToken(db, tokenHash),
    listApiTokensOfUser: (userUuid, limit) => listApiTokensOfUser(db, userUuid, limit),

    findProfileTemplate: uuid => findProfileTemplate(db, uuid),
    findProfileTemplateVersion: (uuid, version) => findProfileTemplateVersion(db, uuid, version),
    listProfileTemplates: () => listProfileTemplates(db),
    findCertificateTemplate: commonName => findCertificateTemplate(db, commonName),

    findRequest: uuid => findRequest(db, uuid),
    listRequests: filter => listRequests(db, filter),
    findExecutingRequestOfSmartcard: (smartcardUuid, involving) =>
      findExecutingRequestOfSmartcard(db, smartcardUuid, involving),
    listOpenRequestsAbout: profileUuid => listOpenRequestsAbout(db, profileUuid),
    listApprovals: requestUuid => listApprovals(db, requestUuid),

    findSmartcard: uuid => findSmartcard(db, uuid),
    findPhysicalCard: cardId => findPhysicalCard(db, cardId),
    findToldUnblockingKey: (cardId, requestUuid) => findToldUnblockingKey(db, cardId, requestUuid),
    findHighestUnblockingKeyOfOthers: (cardId, requestUuid) =>
      findHighestUnblockingKeyOfOthers(db, cardId, requestUuid),
    hasCompletedAssignment: cardId => hasCompletedAssignment(db, cardId),
    listSmartcardsByCardId: cardId => listSmartcardsByCardId(db, cardId),
    listSmartcardsOfUser: (userUuid, page) => listSmartcardsOfUser(db, userUuid, page),

    findProfile: uuid => findProfile(db, uuid),
    listProfilesOfUser: (userUuid, status, page) => listProfilesOfUser(db, userUuid, status, page),

    listCertificatesOfProfile: profileUuid => listCertificatesOfProfile(db, profileUuid),
    listCertificatesOfUser: (userUuid, page) => listCertificatesOfUser(db, userUuid, page),
    listCertificatesOfRequest: requestUuid => listCertificatesOfRequest(db, requestUuid),
    findCertificateBySerialNumber: (authorityUuid, serialNumber) =>
      findCertificateBySerialNumber(db, authorityUuid, serialNumber),
    listPreparedCertificates: limit => listPreparedCertificates(db, limit),
    listRevokedCertificates: (authorityUuid, now) => listRevokedCertificates(db, authorityUuid, now),
    listDuePublications: (now, limit) => listDuePublications(db, now, limit),
    findLatestRevocationList: authorityUuid => findLatestRevocationList(db, authorityUuid),

    listCertificationAuthorities: () => listCertificationAuthorities(db),
    listCardMasterKeys: () => listCardMasterKeys(db),
    findSealedPin: smartcardUuid => findSealedPin(db, smartcardUuid),

    listAuditRecordsOfRequest: requestUuid => listAuditRecordsOfRequest(db, requestUuid),
    listAuditRecords: filter => listAuditRecords(db, filter),
  }
}
