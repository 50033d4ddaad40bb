import { printableText } from '../../client/printable-text.ts'
import type { CardDescription, DescribedKey } from '../../client/virtual-card/describe-card.ts'
import type { CardOpener } from './card-opener.ts'

const longestName = 1_000

/** In a few words. */
export function summaryOf({ application, answerToReset, cardId, keys }: CardDescription): string {
  if (application === null)
    return `a card without a GIDS or PIV application (answer to reset ${answerToReset})`
  if (cardId === null) return `a ${application} card that nobody has furnished yet`
  return `the ${application} card ${cardId}, ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`
}

/** A fact a line, and what stands below each key. `openedBy` is null for a card that is in no file. */
export function cardLines(card: CardDescription, openedBy: CardOpener | null): string[] {
  const facts: [string, string | number | null][] = [
    ['Application', card.application ?? 'none that is known here'],
    ['Answer to reset', card.answerToReset],
    ['Card id', card.cardId ?? 'none yet'],
    ['Serial number', card.serialNumber],
    ['Management key', card.managementKeyType],
    ['PIN tries left', card.pinTriesLeft],
    ['PUK tries left', card.pukTriesLeft],
    ['Opened by', openedBy],
  ]
  const lines = facts.flatMap(([what, value]) => (value === null ? [] : [`${what.padEnd(16)} ${value}`]))
  return [...lines, ...card.keys.flatMap(keyLines)]
}

function keyLines({ keyId, algorithm, certificate }: DescribedKey): string[] {
  const key = `${`Key ${keyId}`.padEnd(16)} ${algorithm}`
  if (certificate === null) return [`${key}, no certificate`]
  const { subject, issuer, serialNumber, notBefore, notAfter } = certificate
  return [
    key,
    `  subject        ${printableText(subject, longestName)}`,
    `  issuer         ${printableText(issuer, longestName)}`,
    `  serial number  ${serialNumber}`,
    `  valid          ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
  ]
}
