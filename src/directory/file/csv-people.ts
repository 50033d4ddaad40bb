import type { FileFault, PeopleFile, PersonEntry } from '../../domain/people-file.ts'
import { isSecurityIdentifier } from '../../domain/security-identifier.ts'
import { isUuid } from '../ldap/attributes/object-guid.ts'
import { type CsvRecord, readCsvRecords } from './csv-records.ts'
import { readUtf8Text } from './utf8-text.ts'

export const csvColumns = [
  'account',
  'displayName',
  'userPrincipalName',
  'mail',
  'distinguishedName',
  'enabled',
  'groups',
  'uuid',
  'sid',
] as const
type CsvColumn = (typeof csvColumns)[number]

export interface CsvOptions {
  readonly delimiter: ',' | ';'
  /** The name that is probably meant by a wrong one. */
  nearestName(wrong: string, names: readonly string[]): string | undefined
}

/** Neither a group's nor an account's name has it. */
const groupSeparator = '|'

const flags = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

/**
 * People of a file of comma-separated values, whose first line names the columns. An empty field says nothing, except
 * for `mail` and `groups`, where it says that there are none. Never throws: the answer holds the faults.
 */
export function readCsvPeople(bytes: Uint8Array, options: CsvOptions): PeopleFile {
  const read = readUtf8Text(bytes)
  if ('fault' in read) return fileWith([], [read.fault])
  const { records, fault } = readCsvRecords(read.text, options.delimiter)
  const [header, ...rows] = records
  const faults = fault === null ? [] : [fault]
  if (header === undefined) {
    return fileWith(
      [],
      [...faults, { line: 1, message: 'The file is empty: its first line names the columns.' }],
    )
  }
  const headerFaults = findHeaderFaults(header, options)
  if (headerFaults.length > 0) return fileWith([], [...headerFaults, ...faults])
  const columns = header.fields.map(name => csvColumns.find(column => isSameColumn(column, name)))
  const people: PersonEntry[] = []
  for (const row of rows) {
    if (row.fields.length === columns.length) people.push(readPerson(row, columns, faults))
    else {
      faults.push({
        line: row.line,
        message: `There are ${row.fields.length} fields, and ${columns.length} columns.`,
      })
    }
  }
  return fileWith(people, faults)
}

function fileWith(people: readonly PersonEntry[], faults: readonly FileFault[]): PeopleFile {
  return { people, groups: [], passedOver: new Set(), faults }
}

function findHeaderFaults({ line, fields }: CsvRecord, { delimiter, nearestName }: CsvOptions): FileFault[] {
  const other = delimiter === ',' ? ';' : ','
  const [only = ''] = fields
  if (fields.length === 1 && only.includes(other)) {
    return [{ line, message: `The columns are separated by "${other}", not by "${delimiter}".` }]
  }
  const faults = fields.flatMap(name => {
    if (csvColumns.some(column => isSameColumn(column, name))) return []
    const nearest = nearestName(name, csvColumns)
    const hint =
      nearest === undefined ? `The columns are ${csvColumns.join(', ')}.` : `Did you mean "${nearest}"?`
    return [`There is no column "${shorten(name)}". ${hint}`]
  })
  for (const column of csvColumns) {
    const count = fields.filter(name => isSameColumn(column, name)).length
    if (count > 1) faults.push(`The column "${column}" is there ${count} times.`)
    if (count === 0 && column === 'account') faults.push('There is no column "account".')
  }
  return faults.map(message => ({ line, message }))
}

function isSameColumn(column: string, name: string): boolean {
  return column.toLowerCase() === name.trim().toLowerCase()
}

function readPerson(
  { line, fields }: CsvRecord,
  columns: readonly (CsvColumn | undefined)[],
  faults: FileFault[],
): PersonEntry {
  const field = (column: CsvColumn) => fields[columns.indexOf(column)]?.trim()
  const stated = (column: CsvColumn) => field(column) || undefined
  const checked = (column: CsvColumn, isSound: (value: string) => boolean, message: string) => {
    const value = stated(column)
    if (value === undefined || isSound(value)) return value
    faults.push({ line, message: `"${shorten(value)}" ${message}` })
    return undefined
  }
  const isEnabled = checked('enabled', value => flags.has(value.toLowerCase()), 'is neither true nor false.')
  const mail = field('mail')
  if (stated('account') === undefined) faults.push({ line, message: 'The account name is missing.' })
  return {
    line,
    account: stated('account') ?? '',
    displayName: stated('displayName'),
    userPrincipalName: stated('userPrincipalName'),
    mail: mail === '' ? null : mail,
    distinguishedName: stated('distinguishedName'),
    enabled: isEnabled === undefined ? undefined : flags.get(isEnabled.toLowerCase()),
    uuid: checked('uuid', isUuid, 'is not a uuid.')?.toLowerCase(),
    sid: checked('sid', isSecurityIdentifier, 'is not a security identifier.'),
    sidIfNew: undefined,
    groups: field('groups')
      ?.split(groupSeparator)
      .map(name => name.trim())
      .filter(name => name !== ''),
  }
}

function shorten(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, '�')
  return line.length > 80 ? `${line.slice(0, 80)}…` : line
}
