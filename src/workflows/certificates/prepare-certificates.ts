import type { CertificateRecord } from '../../domain/certificate.ts'
import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import { type DirectoryUser, qualifiedAccountName } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import { issuingRequestTypes } from '../../domain/permission.ts'
import { accept } from '../../domain/refusal.ts'
import { nextRequestStatus, type Request } from '../../domain/request.ts'
import { LintError, type LintedTbsCertificate } from '../../x509/lint.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { newProfile } from '../smartcards/bind-smartcard.ts'
import { beginExecution } from '../steps/begin-execution.ts'
import { findTargetNow } from '../steps/find-target-now.ts'
import { certificateTemplatesOf } from '../steps/gather-initiation-facts.ts'
import { issuableSubject } from '../steps/issuable-subject.ts'
import { profileTemplateOf } from '../steps/profile-template-of.ts'
import { requireAuthorityInForce } from '../steps/require-authority-in-force.ts'
import { requireOperable } from '../steps/require-operable.ts'
import { lockRequestFor } from '../steps/require-request.ts'
import { composeCertificate, SubjectIncomplete } from './compose-certificate.ts'
import { reserveSerialNumber } from './reserve-serial-number.ts'
import {
  hashOf,
  MalformedCertificationRequest,
  VerifiedCertificationRequest,
} from './verified-certification-request.ts'

export type IssueEnvironment = Pick<
  Environment,
  'store' | 'directory' | 'clock' | 'randomness' | 'certificationAuthority' | 'secretRateLimit'
>

export interface CertificateSubmission {
  /** PKCS#10 in DER, in the order of the generation options. */
  readonly certificationRequests: readonly Uint8Array[]
  /** Protects PFX answers; this release makes none. */
  readonly pfxPassword: string
  readonly comments: string
}

/** A certificate that only needs its signature (or has it already), or why there will be none. */
export type PreparedCertificate =
  | { readonly certificateTemplate: string; readonly fault: string }
  | {
      readonly certificateTemplate: string
      readonly record: CertificateRecord
      /** null where the record comes from an earlier call. */
      readonly linted: LintedTbsCertificate | null
    }

/** Longer comments are cut off in the audit record. */
const longestAuditedComment = 256
const longestAuditedFault = 512

/**
 * Steps 1–7 of issuing, in one transaction.
 *
 * @throws CardinalError TooManyRequests, and changes nothing, where the caller had too many refused
 */
export async function prepareCertificates(
  environment: IssueEnvironment,
  caller: Caller,
  requestUuid: string,
  { certificationRequests, comments }: CertificateSubmission,
): Promise<readonly PreparedCertificate[]> {
  if (certificationRequests.length === 0) {
    throw new CardinalError(
      'InvalidParameter',
      'certificaterequests: must hold at least one certificate request.',
    )
  }
  const target = await findTargetNow(environment, caller, requestUuid)
  const prepared = await environment.store.transactor.transaction(async transaction => {
    const authorised = await authorise(transaction, caller, requestUuid)
    requireAuthorityInForce(environment)
    const subject = await issuableSubject(transaction, target)
    if (subject instanceof CardinalError) {
      const { uuid, targetUuid } = authorised
      await keepRefusal({ environment, transaction, caller }, uuid, targetUuid, subject.message)
      return subject
    }
    const request = await begin(environment, transaction, caller, authorised)
    const profileTemplate = await profileTemplateOf(transaction, request)
    if (request.oldProfileUuid !== null) {
      const about = { profileUuid: request.oldProfileUuid, smartcardUuid: request.oldSmartcardUuid }
      await requireOperable(transaction, request.type, about, profileTemplate)
    }
    const templates = await certificateTemplatesOf(transaction, profileTemplate)
    const earlier = await transaction.listCertificatesOfRequest(requestUuid)
    const prepared: PreparedCertificate[] = []
    const preparation = { environment, transaction, caller, request, subject, earlier, comments }
    for (const [index, der] of certificationRequests.entries()) {
      prepared.push(await prepareAt(preparation, templates, index, der))
    }
    return prepared
  })
  // Thrown only now: what the audit says of it is kept.
  if (prepared instanceof CardinalError) throw prepared
  return prepared
}

/** Keeps a refusal. Who repeats what is refused would fill the audit records, and is told to come again later. */
async function keepRefusal(
  { environment, transaction, caller }: Pick<Preparation, 'environment' | 'transaction' | 'caller'>,
  requestUuid: string,
  subject: string,
  fault: string,
): Promise<void> {
  environment.secretRateLimit.spend(`certificate-refused ${caller.user.uuid}`)
  const facts = { fault: fault.slice(0, longestAuditedFault) }
  await transaction.audit(
    auditEntry(environment, caller, 'certificate-refused', { requestUuid, subject, facts }),
  )
}

interface Preparation {
  readonly environment: IssueEnvironment
  readonly transaction: Transaction
  readonly caller: Caller
  readonly request: Request & { readonly newProfileUuid: string }
  readonly subject: DirectoryUser
  readonly earlier: readonly CertificateRecord[]
  /** Of the client, for the audit record. */
  readonly comments: string
}

/** Step 1: authorise. Nothing is changed yet. */
async function authorise(transaction: Transaction, caller: Caller, requestUuid: string): Promise<Request> {
  const request = await lockRequestFor(transaction, caller, requestUuid, 'execute')
  if (!issuingRequestTypes.has(request.type)) {
    throw new CardinalError('PolicyForbids', `A request of the type ${request.type} issues no certificates.`)
  }
  accept(nextRequestStatus(request.status, 'execute'))
  if (request.isSmartcard && request.newSmartcardUuid === null) {
    throw new CardinalError('SmartcardNotBound', 'The request has no smart card yet; bind one first.')
  }
  return request
}

/** A software request gets its profile here; a card request got it with its card. */
async function begin(
  environment: IssueEnvironment,
  transaction: Transaction,
  caller: Caller,
  request: Request,
): Promise<Preparation['request']> {
  const executing = await beginExecution(environment, transaction, caller, request)
  if (executing.newProfileUuid !== null) return { ...executing, newProfileUuid: executing.newProfileUuid }
  const newProfileUuid = environment.randomness.uuid()
  await transaction.insertProfile(newProfile(newProfileUuid, executing, null))
  await transaction.updateRequest({ ...executing, newProfileUuid })
  return { ...executing, newProfileUuid }
}

/** What cannot be read makes the whole call malformed; what breaks the template's rules is refused by itself. */
async function prepareAt(
  preparation: Preparation,
  templates: readonly CertificateTemplate[],
  index: number,
  der: Uint8Array,
): Promise<PreparedCertificate> {
  const template = templates[index]
  if (template === undefined) {
    const fault = `The request asks for ${templates.length} certificate requests only.`
    return { certificateTemplate: '', fault }
  }
  try {
    return await prepareOne(preparation, template, der)
  } catch (error) {
    if (!(error instanceof MalformedCertificationRequest)) throw error
    throw new CardinalError('InvalidParameter', `certificaterequests[${index}]: ${error.message}`)
  }
}

async function prepareOne(
  preparation: Preparation,
  template: CertificateTemplate,
  der: Uint8Array,
): Promise<PreparedCertificate> {
  const certificateTemplate = template.commonName
  const earlier = preparation.earlier.find(record => record.certificateTemplate === certificateTemplate)
  if (earlier !== undefined) return repeat(earlier, der)
  const verified = VerifiedCertificationRequest.verify(der, template.key)
  if (!(verified instanceof VerifiedCertificationRequest))
    return await refuseOne(preparation, template, verified.fault)
  try {
    return await buildAndKeep(preparation, template, verified)
  } catch (error) {
    if (error instanceof LintError || error instanceof SubjectIncomplete || error instanceof X509Error) {
      return await refuseOne(preparation, template, error.message)
    }
    throw error
  }
}

/** A client that timed out sends the same again and gets the same certificate; another request gets none. */
function repeat(record: CertificateRecord, der: Uint8Array): PreparedCertificate {
  const { certificateTemplate } = record
  if (record.state === 'failed') return { certificateTemplate, fault: 'Issuing this certificate has failed.' }
  return record.certificationRequestHash === hashOf(der)
    ? { certificateTemplate, record, linted: null }
    : {
        certificateTemplate,
        fault: 'This request already has its certificate, for another certificate request.',
      }
}

async function refuseOne(
  preparation: Preparation,
  { commonName }: CertificateTemplate,
  fault: string,
): Promise<PreparedCertificate> {
  await keepRefusal(preparation, preparation.request.uuid, commonName, fault)
  return { certificateTemplate: commonName, fault }
}

/** Steps 3–7: reserve, build, lint, keep, audit. */
async function buildAndKeep(
  { environment, transaction, caller, request, subject, comments }: Preparation,
  template: CertificateTemplate,
  verified: VerifiedCertificationRequest,
): Promise<PreparedCertificate> {
  const { certificationAuthority, clock, randomness } = environment
  const serialNumber = await reserveSerialNumber(environment, transaction)
  const content = composeCertificate({
    template,
    subject,
    certificationRequest: verified.request,
    serialNumber,
    now: clock.now(),
    latestEnd: certificationAuthority.certificate.notAfter,
  })
  const linted = certificationAuthority.prepare(content)
  const record: CertificateRecord = {
    uuid: randomness.uuid(),
    serialNumber: Buffer.from(serialNumber).toString('hex').toUpperCase(),
    state: 'prepared',
    requestUuid: request.uuid,
    profileUuid: request.newProfileUuid,
    ownerUuid: request.targetUuid,
    certificateTemplate: template.commonName,
    certificationAuthorityUuid: certificationAuthority.uuid,
    certificationRequestHash: verified.hash,
    tbsCertificate: linted.peek(),
    certificate: null,
    thumbprint: null,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    issuerName: certificationAuthority.issuerName,
    requesterName: qualifiedAccountName(subject),
    revokedAt: null,
    revocationReason: null,
  }
  await transaction.insertCertificate(record)
  await transaction.audit(
    auditEntry(environment, caller, 'certificate-prepared', {
      requestUuid: request.uuid,
      subject: record.serialNumber,
      facts: {
        certificateTemplate: template.commonName,
        owner: request.targetUuid,
        ...(comments === '' ? {} : { comments: comments.slice(0, longestAuditedComment) }),
      },
    }),
  )
  return { certificateTemplate: template.commonName, record, linted }
}
