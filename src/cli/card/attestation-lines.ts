import { printableText } from '../../client/printable-text.ts'
import { faultWords } from './attestation-fault-words.ts'
import type { AttestationReport } from './attestation-report.ts'

const longestName = 1_000

/** A fact a line. @param trustFile where the trusted certificates are from */
export function attestationLines(report: AttestationReport, trustFile: string | undefined): string[] {
  const { firmwareVersion, serialNumber, pinPolicy, touchPolicy, formFactor } = report
  const facts: [string, string | number | null][] = [
    [`Key ${report.slot}`, `${report.algorithm}, generated on the card, as the card says`],
    ['Slot', report.namesSlot ? null : 'not said by the attestation, only asked for'],
    ['PIN', policyWords[pinPolicy]],
    ['Touch', policyWords[touchPolicy]],
    ['Serial number', serialNumber],
    ['Firmware', firmwareVersion],
    ['Form factor', formFactor && `${formFactor.shape}${formFactor.fips ? ', FIPS series' : ''}`],
    ['Attested by', printableText(report.attestedBy, longestName)],
    ['Certified by', printableText(report.certifiedBy, longestName)],
    ['Certificate', report.certificateOf === null ? 'none in the slot' : `of ${report.certificateOf}`],
    ['Trusted', trustWords(report, trustFile)],
  ]
  return facts.flatMap(([what, value]) => (value === null ? [] : [`${what.padEnd(16)} ${value}`]))
}

const policyWords = {
  never: 'never',
  once: 'once in a session',
  always: 'before each use',
  cached: 'one serves for 15 seconds',
  'match-once': 'once in a session, or a fingerprint',
  'match-always': 'before each use, or a fingerprint',
} as const

function trustWords({ trusted, fault }: AttestationReport, trustFile: string | undefined): string {
  if (trusted === null) return 'not checked: no --trust given'
  return fault === null ? `yes, by ${trustFile}` : `NO: the attestation ${faultWords[fault]}`
}
