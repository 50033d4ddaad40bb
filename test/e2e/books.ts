import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** Asks the server's database behind its back. */
export type Ask = (sql: string) => Promise<Record<string, unknown>[]>

export function askSqlite(file: string): Ask {
  return async sql => {
    using database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    return database.prepare(sql).all()
  }
}

export function askPostgresql(url: string): Ask {
  return async sql => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
}

/**
 * Every serial number that was ever reserved belongs to a certificate in the books or to a CA, nothing is left half
 * done, and no request has two certificates.
 */
export async function assertBooksBalance(ask: Ask): Promise<void> {
  assert.deepEqual(await ask("select serial_number from certificates where state = 'prepared'"), [])
  const reserved = await ask('select serial_number as serial from serial_numbers')
  const issued = await ask('select serial_number as serial from certificates')
  const authorities = (await ask('select certificate from certification_authorities')).map(
    ({ certificate }) => {
      assert.ok(certificate instanceof Uint8Array)
      return new X509Certificate(certificate).serialNumber
    },
  )
  assert.deepEqual(serialsOf(reserved).sort(), [...serialsOf(issued), ...authorities].sort())
  assert.deepEqual(
    await ask('select request_uuid from certificates group by request_uuid having count(*) > 1'),
    [],
  )
}

/** The serial numbers of all certificates of a request, in hexadecimal. */
export async function serialNumbersOf(ask: Ask, requestUuid: string): Promise<string[]> {
  const rows = await ask(
    `select serial_number as serial from certificates where request_uuid = '${requestUuid}'`,
  )
  return serialsOf(rows)
}

function serialsOf(rows: Record<string, unknown>[]): string[] {
  return rows.map(({ serial }) => String(serial))
}
