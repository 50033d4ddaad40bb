import type { CertificateOfKey } from '../../client/enrollment/issue-certificates-to.ts'
import type { JournalTarget } from '../../client/enrollment/journal.ts'
import { zeroGuid } from '../../client/enumerations.ts'
import type { RequestView } from '../../client/library/generated/answers.ts'
import { printableText } from '../../client/printable-text.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { printJson, printLines } from '../terminal/print.ts'
import { isKeyStore } from './key-store-place.ts'

const longestSubject = 2_000

export interface Outcome {
  readonly request: RequestView
  readonly cardId: string | null
  readonly target: JournalTarget
  readonly certificates: readonly CertificateOfKey[]
}

/** What a completed request has come to. */
export function printOutcome({ request, cardId, target, certificates }: Outcome, isJson: boolean): void {
  const smartcard = firstGuid(request.NewSmartcardUuid, request.OldSmartcardUuid)
  const profile = firstGuid(request.NewProfileUuid, request.OldProfileUuid)
  const described = certificates.map(describe)
  if (isJson) {
    printJson({
      request: request.Uuid,
      status: 'completed',
      smartcard,
      profile,
      cardId,
      target,
      certificates: described,
    })
    return
  }
  for (const { subject, serialNumber, notAfter, keyId } of described) {
    printLines(
      '',
      `Certificate   ${printableText(subject, longestSubject)}`,
      `serial number ${serialNumber}`,
      `valid until   ${notAfter}`,
      ...(cardId === null && !isKeyStore(target) ? [] : [`key           ${keyId}`]),
    )
  }
}

function describe({ keyId, certificate }: CertificateOfKey) {
  return {
    keyId,
    subject: formatName(certificate.subjectName),
    serialNumber: Buffer.from(certificate.serialNumber).toString('hex').toUpperCase(),
    notAfter: certificate.notAfter.toISOString(),
  }
}

function firstGuid(...uuids: readonly string[]): string | null {
  return uuids.find(uuid => uuid !== zeroGuid) ?? null
}
