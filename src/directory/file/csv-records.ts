import type { FileFault } from '../../domain/people-file.ts'

export interface CsvRecord {
  /** Where it begins, counted from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

export interface CsvRecords {
  readonly records: readonly CsvRecord[]
  /** Where reading ended early; null where all was read. */
  readonly fault: FileFault | null
}

const mostRecords = 1_000_000
const mostFields = 100
const longestField = 65_536

/**
 * Reads comma-separated values (RFC 4180): quoted fields with doubled quotes and newlines within, lines that end by
 * CRLF, LF or CR. An empty line is no record. Never throws.
 *
 * @param delimiter one character that is neither a quote nor a newline
 */
export function readCsvRecords(text: string, delimiter: string): CsvRecords {
  const records: CsvRecord[] = []
  let position = 0
  let line = 1
  let start = 1
  let fields: string[] = []
  const stop = (message: string): CsvRecords => ({
    records,
    fault: { line, message: `${message} Nothing behind it was read.` },
  })
  const isEnd = (at: number) => at >= text.length || text[at] === '\n' || text[at] === '\r'

  while (position < text.length) {
    const field = text[position] === '"' ? quotedField(text, position) : bareField(text, position, delimiter)
    if (field === null) return stop('A quote is opened here and never closed.')
    if (field.hasStrayQuote) {
      return stop(
        'A quote stands within a field that does not begin with one. Quote the field, and double the quote.',
      )
    }
    if (field.value.length > longestField) return stop(`A field has more than ${longestField} characters.`)
    fields.push(field.value)
    if (fields.length > mostFields) return stop(`There are more than ${mostFields} fields.`)
    line += field.newlines
    position = field.end
    if (text[position] === delimiter) {
      position++
      // A delimiter at the very end has an empty field behind it.
      if (position < text.length) continue
      fields.push('')
    } else if (!isEnd(position)) return stop('Something stands behind the closing quote of a field.')
    if (fields.length > 1 || fields[0] !== '' || field.wasQuoted) records.push({ line: start, fields })
    if (records.length > mostRecords) return stop(`There are more than ${mostRecords} lines.`)
    fields = []
    position += text.startsWith('\r\n', position) ? 2 : 1
    line++
    start = line
  }
  return { records, fault: null }
}

interface Field {
  readonly value: string
  /** Where the delimiter or the end of the line is expected. */
  readonly end: number
  readonly newlines: number
  readonly wasQuoted: boolean
  readonly hasStrayQuote: boolean
}

function bareField(text: string, start: number, delimiter: string): Field {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++
  const value = text.slice(start, end)
  return { value, end, newlines: 0, wasQuoted: false, hasStrayQuote: value.includes('"') }
}

function quotedField(text: string, start: number): Field | null {
  let value = ''
  for (let position = start + 1; ; ) {
    const quote = text.indexOf('"', position)
    if (quote === -1) return null
    value += text.slice(position, quote)
    if (text[quote + 1] !== '"') {
      const newlines = value.split(/\r\n|\r|\n/).length - 1
      return { value, end: quote + 1, newlines, wasQuoted: true, hasStrayQuote: false }
    }
    value += '"'
    position = quote + 2
  }
}
