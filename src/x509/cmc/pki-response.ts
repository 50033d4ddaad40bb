import { encodeAttribute } from '../certification-request.ts'
import { type DerReader, decodeDer } from '../der/der-reader.ts'
import { derTag } from '../der/der-tag.ts'
import {
  type DerPart,
  derInteger,
  derOctetString,
  derSequence,
  derSetOf,
  derString,
  encodeDer,
} from '../der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'

const statuses = [
  'success',
  null,
  'failed',
  'pending',
  'noSupport',
  'confirmRequired',
  'popRequired',
  'partial',
] as const

/** CMCStatus at its number's place in RFC 5272 §6.1.1. */
export type CmcStatus = NonNullable<(typeof statuses)[number]>

const failures = [
  'badAlg',
  'badMessageCheck',
  'badRequest',
  'badTime',
  'badCertId',
  'unsupportedExt',
  'mustArchiveKeys',
  'badIdentity',
  'popRequired',
  'popFailed',
  'noKeyReuse',
  'internalCAError',
  'tryLater',
  'authDataFail',
] as const

/** CMCFailInfo at its number's place in RFC 5272 §6.1.4. */
export type CmcFailInfo = (typeof failures)[number]

/** What a PKIResponse says of the one request that it answers. */
export interface PkiResponse {
  readonly status: CmcStatus
  /** For people; Windows writes `Issued`. */
  readonly statusString: string | null
  readonly failInfo: CmcFailInfo | null
  /** SHA-1 of the issued certificate's DER, 20 octets; null when none was issued. */
  readonly issuedCertificateHash: Uint8Array | null
}

// The request is body part 1 of what is answered; 0 is the message itself (RFC 5272 §3.2.1).
const requestBodyPart = derInteger(1)
const requestBodyParts = derSequence([requestBodyPart])
const wholeMessage = derInteger(0)
const emptySequence = derSequence([])

/**
 * The content of a CMC Full PKI Response (RFC 5272 §3.2) with the controls that Windows writes: the status and, when a
 * certificate was issued, its hash as an attribute added to the request ([MS-WCCE] 2.2.2.8).
 */
export function encodePkiResponse(response: PkiResponse): Uint8Array {
  const controls = [control(1, objectIdentifiers.cmcStatusInfo, encodeStatusInfo(response))]
  if (response.issuedCertificateHash !== null) {
    const hash = encodeDer(derOctetString(response.issuedCertificateHash))
    const attribute = encodeAttribute({ type: objectIdentifiers.issuedCertificateHash, values: [hash] })
    const added = derSequence([wholeMessage, requestBodyParts, derSetOf([attribute])])
    controls.push(control(2, objectIdentifiers.cmcAddAttributes, added))
  }
  return encodeDer(derSequence([derSequence(controls), emptySequence, emptySequence]))
}

function control(bodyPart: number, type: string, value: DerPart): DerPart {
  return derSequence([derInteger(bodyPart), encodeObjectIdentifier(type), derSetOf([value])])
}

function encodeStatusInfo({ status, statusString, failInfo }: PkiResponse): DerPart {
  const parts: DerPart[] = [derInteger(statuses.indexOf(status)), requestBodyParts]
  if (statusString !== null) parts.push(derString(derTag.utf8String, statusString))
  if (failInfo !== null) parts.push(derInteger(failures.indexOf(failInfo)))
  return derSequence(parts)
}

/**
 * Reads the content of a CMC Full PKI Response with one status. Controls that are not understood are skipped.
 *
 * @throws X509Error malformed-cmc, der-…
 */
export function decodePkiResponse(der: Uint8Array): PkiResponse {
  return decodeDer(der, reader =>
    reader.sequence(inner => {
      const start = inner.position
      const controls = inner.sequenceOf(readControl)
      inner.sequenceOf(message => message.any())
      inner.sequenceOf(message => message.any())
      const statusInfo = only(controls.filter(({ type }) => type === objectIdentifiers.cmcStatusInfo))
      if (statusInfo === null) throw inner.error('malformed-cmc', 'not one status', start)
      const added = only(controls.filter(({ type }) => type === objectIdentifiers.cmcAddAttributes))
      return {
        ...decodeDer(statusInfo.value, readStatusInfo),
        issuedCertificateHash: added === null ? null : decodeDer(added.value, readAddedHash),
      }
    }),
  )
}

interface Control {
  readonly type: string
  readonly value: Uint8Array
}

function readControl(reader: DerReader): Control {
  return reader.sequence(inner => {
    inner.smallInteger()
    const type = inner.objectIdentifier()
    const start = inner.position
    const value = only(inner.setOf(element => element.any()))
    if (value === null) throw inner.error('malformed-cmc', 'a control of not one value', start)
    return { type, value }
  })
}

function only<T>(values: readonly T[]): T | null {
  const [value, ...others] = values
  return value === undefined || others.length > 0 ? null : value
}

function readStatusInfo(reader: DerReader): Omit<PkiResponse, 'issuedCertificateHash'> {
  return reader.sequence(inner => {
    const start = inner.position
    const status = statuses[inner.smallInteger()] ?? null
    if (status === null) throw inner.error('malformed-cmc', 'an unknown status', start)
    inner.sequenceOf(part => part.smallInteger())
    const statusString = inner.optional(derTag.utf8String, () => inner.string(derTag.utf8String))
    const failInfo = inner.optional(derTag.integer, readFailInfo)
    // PendInfo (RFC 5272 §6.1): a token to ask again with, which our protocol has its own way for.
    inner.optional(derTag.sequence, () => inner.any())
    return { status, statusString, failInfo }
  })
}

function readFailInfo(reader: DerReader): CmcFailInfo {
  const start = reader.position
  const failure = failures[reader.smallInteger()]
  if (failure === undefined) throw reader.error('malformed-cmc', 'an unknown failure', start)
  return failure
}

function readAddedHash(reader: DerReader): Uint8Array | null {
  return reader.sequence(inner => {
    inner.smallInteger()
    inner.sequenceOf(part => part.smallInteger())
    const attributes = inner.setOf(attribute => attribute.sequence(readAttribute))
    return attributes.find(({ type }) => type === objectIdentifiers.issuedCertificateHash)?.hash ?? null
  })
}

function readAttribute(reader: DerReader): { type: string; hash: Uint8Array | null } {
  const type = reader.objectIdentifier()
  const start = reader.position
  const values = reader.setOf(value => value.any())
  if (type !== objectIdentifiers.issuedCertificateHash) return { type, hash: null }
  const value = only(values)
  if (value === null) throw reader.error('malformed-cmc', 'not one certificate hash', start)
  return { type, hash: decodeDer(value, inner => inner.octetString()) }
}
