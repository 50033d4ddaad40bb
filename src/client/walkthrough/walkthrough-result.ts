import { formatName } from '../../x509/names/distinguished-name.ts'
import { encodePem } from '../../x509/pem.ts'
import { thumbprint } from '../../x509/thumbprint.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { requestStatus, requestStatusName, smartcardStatus } from '../enumerations.ts'
import { readRequest } from '../executable-request.ts'
import type { CardinalClient } from '../library/create-cardinal-client.ts'
import type { PreparedCard } from './card-steps.ts'
import type { CardCertificate } from './certificate-steps.ts'
import { attempt } from './step-recorder.ts'
import { lastStep } from './walkthrough-step.ts'

export interface WalkthroughResult {
  readonly requestUuid: string
  readonly smartcardUuid: string
  readonly cardId: string
  /** Upper-case hexadecimal. */
  readonly serialNumber: string
  /** SHA-1, upper-case hexadecimal. */
  readonly thumbprint: string
  /** RFC 4514; empty where the alternative names alone name the subject. */
  readonly subject: string
  readonly issuer: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly certificatePem: string
  /** The issuing authority's. */
  readonly issuingCertificatePem: string
  readonly rootCertificatePem: string
  /** All in one: the certificate first, the root last. */
  readonly chainPem: string
  /** The card's, as the card gave it. */
  readonly publicKeyPem: string
  /** What was checked at the end, in words. */
  readonly checks: readonly string[]
}

/** Reads the server's books, and throws where they do not show the success. */
export function checkOutcome(
  client: CardinalClient,
  { requestUuid, smartcardUuid, cardId, card }: PreparedCard,
  issued: CardCertificate,
): Promise<WalkthroughResult> {
  const digest = thumbprint(issued.certificate.der)
  return attempt(lastStep + 1, async () => {
    await checkRequest(client, requestUuid)
    await checkSmartcard(client, smartcardUuid)
    await checkCertificate(client, smartcardUuid, digest)
    await card.disconnect()
    return {
      requestUuid,
      smartcardUuid,
      cardId,
      ...describe(issued),
      thumbprint: digest,
      checks: [
        "the certificate is for the card's key",
        'the answer was signed by the issuing authority, whose chain ends in a root',
        'the request is completed',
        'the smart card is active',
        'the certificate is listed under the smart card',
      ],
    }
  })
}

async function checkRequest(client: CardinalClient, uuid: string): Promise<void> {
  const { Status: status } = await readRequest(client, uuid)
  if (status === requestStatus.completed) return
  throw new EnrollmentError('not-active', `The request is ${requestStatusName(status)}, not completed.`)
}

async function checkSmartcard(client: CardinalClient, uuid: string): Promise<void> {
  const smartcard = await client.call('GET /v1.0/smartcards/{id}', { path: { id: uuid } })
  if (smartcard?.Status === smartcardStatus.active) return
  throw new EnrollmentError(
    'not-active',
    `The smart card has the status ${smartcard?.Status ?? 'unknown'}, not ${smartcardStatus.active} (active).`,
  )
}

async function checkCertificate(client: CardinalClient, smartcard: string, digest: string): Promise<void> {
  const held = await client.call('GET /v1.0/smartcards/{id}/certificates', { path: { id: smartcard } })
  if (held?.some(({ Thumbprint }) => Thumbprint === digest)) return
  throw new EnrollmentError('not-active', 'The certificate is not listed under the smart card.')
}

function describe({ certificate, authorities, publicKeyPem }: CardCertificate) {
  const root = authorities.at(-1) ?? authorities[0]
  const pem = ({ der }: { readonly der: Uint8Array }) => encodePem('CERTIFICATE', der)
  return {
    serialNumber: certificate.serialNumberHex,
    subject: formatName(certificate.subjectName),
    issuer: formatName(certificate.issuerName),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    certificatePem: pem(certificate),
    issuingCertificatePem: pem(authorities[0]),
    rootCertificatePem: pem(root),
    chainPem: [certificate, ...authorities].map(pem).join(''),
    publicKeyPem,
  }
}
