/**
 * How a row is read. `for update` keeps it from all other transactions until this one ends; it is PostgreSQL's, as
 * SQLite's one writer holds the whole database from the beginning of its transaction.
 */
export type RowLock = 'none' | 'for update'
