import { printableText } from '../../client/printable-text.ts'

export type Row = readonly [name: string, value: string]

/** Directories, keytabs and certificates name things. */
const longestText = 1_000

/** A part of the report of `cardinal auth test`: a title, and a row for each fact. */
export function printSection(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const lines = rows.map(([name, value]) => {
    const text = printableText(value, longestText)
    return `  ${name === '' ? '' : printableText(name, longestText).padEnd(width)}${text}\n`
  })
  process.stdout.write(`${title}\n${lines.join('')}\n`)
}

/** Of what is not configured, one line. */
export function printUnused(title: string, why: string): void {
  process.stdout.write(`${title}: not configured; ${why}\n\n`)
}
