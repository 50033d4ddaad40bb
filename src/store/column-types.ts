/** How one engine spells the few column types that the schema uses. */
export interface ColumnTypes {
  /** Compared byte by byte, so that both engines sort alike. */
  readonly text: string
  /** Holds every safe integer; dates are milliseconds since 1970. */
  readonly integer: string
  readonly bytes: string
  /** A primary key that grows with every row: the order of insertion. */
  readonly sequence: string
  readonly tableOptions: string
}

export const sqliteColumnTypes: ColumnTypes = {
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  sequence: 'integer primary key',
  tableOptions: 'strict',
}

export const postgresColumnTypes: ColumnTypes = {
  text: 'text collate "C"',
  integer: 'bigint',
  bytes: 'bytea',
  sequence: 'bigint generated always as identity primary key',
  tableOptions: '',
}
