import { printableText } from '../printable-text.ts'
import type { WalkthroughResult } from './walkthrough-result.ts'
import { lastStep, type WalkthroughStep } from './walkthrough-step.ts'
import { wrapLine } from './wrap-line.ts'

export interface RenderOptions {
  /** Whether to use the terminal's colours, false by default. */
  readonly color?: boolean
}

const width = 110
const margin = '    '
const styles = { bold: '1', dim: '2', sent: '36', received: '32' } as const

/** One step for people: number and title, what was sent (`>`), what came back (`<`), what the client did (`·`). */
export function renderStep(step: WalkthroughStep, { color = false }: RenderOptions = {}): string {
  const number = String(step.number).padStart(2)
  const title = `${number}  ${step.title}`
  if (step.skipped) return paint(color, 'dim', `${title} (${step.note ?? 'skipped'})`)
  const lines = [paint(color, 'bold', title)]
  if (step.request !== null) {
    lines.push(
      ...marked('>', `${step.request.method} ${step.request.path}`).map(line => paint(color, 'sent', line)),
    )
    if (step.request.body !== null) lines.push(...json(step.request.body))
  }
  if (step.response !== null) lines.push(...response(step.response, color))
  if (step.note !== null) lines.push(...marked('·', step.note))
  return lines.join('\n')
}

function response({ status, body }: NonNullable<WalkthroughStep['response']>, color: boolean): string[] {
  const isShort = typeof body !== 'object'
  const first = isShort ? `${status} ${JSON.stringify(body)}` : String(status)
  return [
    ...marked('<', first).map(line => paint(color, 'received', line)),
    ...(isShort || body === null ? [] : json(body)),
  ]
}

/** What came of the walkthrough, for people. */
export function renderSummary(result: WalkthroughResult, { color = false }: RenderOptions = {}): string {
  const rows: readonly (readonly [string, string])[] = [
    ['request', `${result.requestUuid}, completed`],
    ['smart card', `${result.smartcardUuid}, active`],
    ['card id', result.cardId],
    ['subject', result.subject === '' ? '(named by the alternative names)' : result.subject],
    ['issuer', result.issuer],
    ['valid', `${instant(result.notBefore)} to ${instant(result.notAfter)}`],
    ['serial number', result.serialNumber],
    ['thumbprint', result.thumbprint],
  ]
  return [
    paint(color, 'bold', `All ${lastStep} steps are done: the card is enrolled.`),
    ...rows.flatMap(([name, value]) =>
      wrapLine(`${margin}${name.padEnd(14)} ${printableText(value, 1_000)}`, width, ' '.repeat(19)),
    ),
    '',
    'Checked:',
    ...result.checks.map(check => `${margin}✓ ${check}`),
    '',
    ...result.certificatePem.trimEnd().split('\n'),
  ].join('\n')
}

/** Everything for machines: the steps, and what came of them (null where the walkthrough stopped). */
export function renderJson(steps: readonly WalkthroughStep[], result: WalkthroughResult | null): string {
  // Valid JSON, and harmless where it is printed to a terminal all the same.
  return JSON.stringify({ steps, result }, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function json(body: unknown): string[] {
  return JSON.stringify(body, null, 2)
    .split('\n')
    .flatMap(line => {
      const safe = `${margin}  ${printableText(line, 10_000)}`
      return wrapLine(safe, width, `${safe.slice(0, safe.length - safe.trimStart().length)}    `)
    })
}

function marked(mark: string, text: string): string[] {
  return wrapLine(`${margin}${mark} ${printableText(text, 10_000)}`, width, `${margin}  `)
}

function instant(date: Date): string {
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}

function paint(color: boolean, style: keyof typeof styles, text: string): string {
  return color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text
}
