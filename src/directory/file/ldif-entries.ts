import type { FileFault } from '../../domain/people-file.ts'

/** An attribute's value, as it stands in one line of LDIF. */
export interface LdifValue {
  readonly line: number
  /** Without options, in lower case. */
  readonly attribute: string
  /** `;binary`, `;lang-de`, `;range=0-1499`, in lower case. */
  readonly options: readonly string[]
  readonly bytes: Uint8Array
}

export interface LdifEntry {
  readonly line: number
  readonly distinguishedName: string
  readonly values: readonly LdifValue[]
}

export interface LdifEntries {
  readonly entries: readonly LdifEntry[]
  readonly faults: readonly FileFault[]
}

interface LogicalLine {
  readonly line: number
  readonly text: string
}

const mostEntries = 1_000_000
/** A photograph in base64. */
const longestLine = 16 * 2 ** 20

/**
 * Reads LDIF content records (RFC 2849) as `ldapsearch -LLL`, `slapcat` and `ldifde` write them: folded lines, base64,
 * comments, with or without the version. Records of changes are refused, and values that stand in other files. Never
 * throws. A fault costs its own record; others are read.
 */
export function readLdifEntries(text: string): LdifEntries {
  const entries: LdifEntry[] = []
  const faults: FileFault[] = []
  let isFirst = true
  for (const record of splitRecords(text)) {
    const lines = isFirst ? withoutVersion(record, faults) : record
    isFirst = false
    if (lines.length === 0) continue
    const entry = readEntry(lines)
    if ('message' in entry) faults.push(entry)
    else entries.push(entry)
    if (entries.length > mostEntries) {
      faults.push({ line: entry.line, message: `There are more than ${mostEntries} entries.` })
      break
    }
  }
  return { entries, faults }
}

/** Records are parted by empty lines; a line that begins with a blank goes on with the one before (RFC 2849, note 2). */
function* splitRecords(text: string): Generator<LogicalLine[]> {
  let record: LogicalLine[] = []
  let line = 0
  let current: { line: number; parts: string[] } | null = null
  const finish = () => {
    if (current === null) return
    const logical = { line: current.line, text: current.parts.join('') }
    if (!logical.text.startsWith('#')) record.push(logical)
    current = null
  }
  for (const physical of physicalLines(text)) {
    line++
    if (physical.startsWith(' ') && current !== null) {
      current.parts.push(physical.slice(1))
      continue
    }
    finish()
    if (physical !== '') {
      current = { line, parts: [physical] }
      continue
    }
    if (record.length > 0) yield record
    record = []
  }
  finish()
  if (record.length > 0) yield record
}

function* physicalLines(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found === -1 ? text.length : found
    yield text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end)
    start = end + 1
  }
}

function withoutVersion(record: readonly LogicalLine[], faults: FileFault[]): readonly LogicalLine[] {
  const [first, ...rest] = record
  const version = /^version:(.*)$/i.exec(first?.text ?? '')?.[1]
  if (first === undefined || version === undefined) return record
  if (version.trim() !== '1') {
    faults.push({ line: first.line, message: 'Only version 1 of LDIF is read.' })
  }
  return rest
}

function readEntry(lines: readonly LogicalLine[]): LdifEntry | FileFault {
  // First of all: the lines of a change have a syntax of their own.
  const change = lines.find(({ text }) => /^(?:changetype|control):/i.test(text))
  if (change !== undefined) {
    return {
      line: change.line,
      message: 'This is a record of a change. Export the entries themselves, as ldapsearch or slapcat do.',
    }
  }
  const values: LdifValue[] = []
  for (const line of lines) {
    const value = readValue(line)
    if ('message' in value) return value
    values.push(value)
  }
  const [name, ...rest] = values
  if (name === undefined || name.attribute !== 'dn') {
    return { line: lines[0]?.line ?? 1, message: 'A record begins with "dn:".' }
  }
  const distinguishedName = decodeUtf8(name.bytes)
  if (distinguishedName === null) return { line: name.line, message: 'The distinguished name is not UTF-8.' }
  const second = rest.find(({ attribute }) => attribute === 'dn')
  if (second !== undefined) {
    return { line: second.line, message: 'An empty line is missing before this record.' }
  }
  return { line: name.line, distinguishedName, values: rest }
}

function readValue({ line, text }: LogicalLine): LdifValue | FileFault {
  if (text.length > longestLine) return { line, message: `A value has more than ${longestLine} characters.` }
  const match = /^([A-Za-z0-9.-]+)((?:;[A-Za-z0-9=*-]+)*):(:|<)?/.exec(text)
  if (match === null) {
    const isFold = text.startsWith(' ') || text.startsWith('\t')
    const message = isFold
      ? 'This line goes on with one that is not there.'
      : 'This is not "attribute: value". A value of several lines goes on with a blank in front of each.'
    return { line, message }
  }
  const [matched, attribute = '', options = '', form] = match
  if (form === '<') {
    return {
      line,
      message: 'The value stands in another file (":<"), which is not read. Write it here in base64 ("::").',
    }
  }
  const value = text.slice(matched.length).replace(/^ +/, '')
  const bytes = form === ':' ? decodeBase64(value) : Buffer.from(value)
  if (bytes === null) return { line, message: 'The value after "::" is not base64.' }
  return {
    line,
    attribute: attribute.toLowerCase(),
    options: options === '' ? [] : options.slice(1).toLowerCase().split(';'),
    bytes,
  }
}

function decodeBase64(text: string): Uint8Array | null {
  const trimmed = text.trimEnd()
  const bytes = Buffer.from(trimmed, 'base64')
  return bytes.toString('base64') === trimmed ? bytes : null
}

export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
