import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { CertificateRecord } from '../../src/domain/certificate.ts'
import { CardinalError, type ErrorCode } from '../../src/domain/error.ts'
import type { Request, SupportedRequestType } from '../../src/domain/request.ts'
import type { Smartcard } from '../../src/domain/smartcard.ts'
import {
  type IssuedCertificate,
  issueCertificates,
} from '../../src/workflows/certificates/issue-certificates.ts'
import type { OrganisationFile } from '../../src/workflows/organisation/organisation-file.ts'
import type { Caller } from '../../src/workflows/ports/caller.ts'
import { approveRequest } from '../../src/workflows/requests/approve-request.ts'
import { completeRequest } from '../../src/workflows/requests/complete-request.ts'
import { createRequest, type NewRequest } from '../../src/workflows/requests/create-request.ts'
import { bindSmartcard } from '../../src/workflows/smartcards/bind-smartcard.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { decodeCmcFullResponse } from '../../src/x509/cmc/cmc-response.ts'
import type { Testbed } from '../testbed/environment.ts'
import { certificationRequest } from './certification-request.ts'

/** Profile templates of the demo organisation. */
export const virtualCard = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
export const software = '12bd5120-86a2-4ee1-8d05-131066871578'
/** Needs one approval. */
export const logonCard = '2b7044cf-aa96-4911-b886-177947e9271b'

type ProfileTemplateEntry = OrganisationFile['profileTemplates'][number]
type PolicyEntry = ProfileTemplateEntry['policies'][number]

/** The demo organisation with one of its profile templates changed. */
export function withTemplate(
  uuid: string,
  change: (template: ProfileTemplateEntry) => void,
): (file: OrganisationFile) => OrganisationFile {
  return file => {
    change(templateOf(file, uuid))
    return file
  }
}

/** The demo organisation with one policy changed. */
export function withPolicy(
  uuid: string,
  type: SupportedRequestType,
  change: Partial<PolicyEntry>,
): (file: OrganisationFile) => OrganisationFile {
  return withTemplate(uuid, template => {
    const policy = template.policies.find(candidate => candidate.type === type)
    assert.ok(policy)
    Object.assign(policy, change)
  })
}

/** The demo organisation with several of these changes. */
export function withAll(
  ...changes: readonly ((file: OrganisationFile) => OrganisationFile)[]
): (file: OrganisationFile) => OrganisationFile {
  return file => changes.reduce((changed, change) => change(changed), file)
}

/** The demo organisation with another user, in a group or none. */
export function withUser(
  account: string,
  options: { readonly group?: string; readonly entry?: Partial<OrganisationFile['users'][number]> } = {},
): (file: OrganisationFile) => OrganisationFile {
  return file => {
    file.users.push({ account, displayName: account, mail: `${account}@contoso.com`, ...options.entry })
    file.groups.find(({ name }) => name === options.group)?.members.push(account)
    return file
  }
}

export function templateOf(file: OrganisationFile, uuid: string): ProfileTemplateEntry {
  const template = file.profileTemplates.find(candidate => candidate.uuid.toLowerCase() === uuid)
  assert.ok(template)
  return template
}

export function newCardId(): string {
  return randomUUID()
}

const nothing: NewRequest = {
  type: 'enroll',
  profileTemplateUuid: null,
  smartcardUuid: null,
  profileUuid: null,
  targetUuid: null,
  dataCollection: [],
  comment: '',
  priority: null,
}

/** What a client sends to enroll for a profile template of the demo organisation. */
export function enrollment(profileTemplateUuid: string, more: Partial<NewRequest> = {}): NewRequest {
  const dataCollection =
    profileTemplateUuid === virtualCard ? [{ name: 'Request Reason', value: 'New laptop' }] : []
  return { ...nothing, profileTemplateUuid, dataCollection, ...more }
}

/** What a client sends for any other operation on a card or a software profile. */
export function operation(type: NewRequest['type'], more: Partial<NewRequest>): NewRequest {
  return { ...nothing, type, ...more }
}

export async function approvedRequest(testbed: Testbed, caller: Caller, input: NewRequest): Promise<Request> {
  const request = await createRequest(testbed, caller, input)
  if (request.status === 'approved') return request
  const mona = await testbed.callerOf('mona')
  return await approveRequest(testbed, mona, request.uuid, { decision: 'approve', comment: '' })
}

/** Sends one certification request and expects its certificate. */
export async function issueOne(
  testbed: Testbed,
  caller: Caller,
  requestUuid: string,
  der = certificationRequest(),
): Promise<Uint8Array> {
  return certificateOf(await issue(testbed, caller, requestUuid, der))
}

/** Sends certification requests; the answers as they come. */
export async function issue(
  testbed: Testbed,
  caller: Caller,
  requestUuid: string,
  ...certificationRequests: readonly Uint8Array[]
): Promise<readonly IssuedCertificate[]> {
  return await issueCertificates(testbed, caller, requestUuid, {
    certificationRequests,
    pfxPassword: '',
    comments: '',
  })
}

/** The certificate that the first answer carries. */
export function certificateOf(answers: readonly IssuedCertificate[]): Uint8Array {
  const [answer] = answers
  assert.equal(answer?.error, null)
  assert.ok(answer.response)
  const { certificates } = decodeCmcFullResponse(answer.response)
  const leaf = certificates.find(der => !isAuthority(der))
  assert.ok(leaf)
  return leaf
}

function isAuthority(der: Uint8Array): boolean {
  return decodeCertificate(der).extensions.some(({ oid }) => oid === '2.5.29.19')
}

export interface Enrolled {
  readonly request: Request
  readonly profileUuid: string
  readonly certificate: Uint8Array
}

export interface EnrolledCard extends Enrolled {
  readonly smartcard: Smartcard
}

/** Carries a card request from its approval to its end. */
export async function runOnCard(
  testbed: Testbed,
  caller: Caller,
  request: Request,
  cardId = newCardId(),
): Promise<EnrolledCard> {
  const bound = await bindSmartcard(testbed, caller, {
    requestUuid: request.uuid,
    cardId,
    answerToReset: null,
  })
  const certificate = await issueOne(testbed, caller, request.uuid)
  const completed = await completeRequest(testbed, caller, request.uuid)
  const smartcard = await cardOf(testbed, bound.uuid)
  return { request: completed, smartcard, profileUuid: smartcard.profileUuid, certificate }
}

/** A card of the demo organisation's virtual card template, ready for use. */
export async function enrolledCard(
  testbed: Testbed,
  account: string,
  options: { readonly cardId?: string; readonly template?: string } = {},
): Promise<EnrolledCard> {
  const caller = await testbed.callerOf(account)
  const request = await approvedRequest(testbed, caller, enrollment(options.template ?? virtualCard))
  return await runOnCard(testbed, caller, request, options.cardId)
}

/** A software profile, ready for use. */
export async function enrolledProfile(testbed: Testbed, account: string): Promise<Enrolled> {
  const caller = await testbed.callerOf(account)
  const request = await approvedRequest(testbed, caller, enrollment(software))
  const certificate = await issueOne(testbed, caller, request.uuid)
  const completed = await completeRequest(testbed, caller, request.uuid)
  assert.ok(completed.newProfileUuid)
  return { request: completed, profileUuid: completed.newProfileUuid, certificate }
}

export async function cardOf(testbed: Testbed, uuid: string): Promise<Smartcard> {
  const smartcard = await testbed.store.reader.findSmartcard(uuid)
  assert.ok(smartcard)
  return smartcard
}

export async function requestOf(testbed: Testbed, uuid: string): Promise<Request> {
  const request = await testbed.store.reader.findRequest(uuid)
  assert.ok(request)
  return request
}

export async function profileStatusOf(testbed: Testbed, uuid: string | null): Promise<string | undefined> {
  assert.ok(uuid)
  return (await testbed.store.reader.findProfile(uuid))?.status
}

export async function recordsOf(
  testbed: Testbed,
  requestUuid: string,
): Promise<readonly CertificateRecord[]> {
  return await testbed.store.reader.listCertificatesOfRequest(requestUuid)
}

/** Every action that a request left an audit record of, oldest first. */
export async function auditTrail(testbed: Testbed, requestUuid: string): Promise<string[]> {
  const records = await testbed.store.reader.listAuditRecordsOfRequest(requestUuid)
  return records.map(({ action }) => action)
}

/** Expects a refusal with this code. */
export async function refused(
  attempt: Promise<unknown>,
  code: ErrorCode,
  message: RegExp = /./,
): Promise<void> {
  await assert.rejects(attempt, error => {
    assert.ok(error instanceof CardinalError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  })
}
