import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ColumnTypes } from './column-types.ts'
import { initialSchema } from './migrations/0001-initial-schema.ts'
import { sessionsAndApiTokens } from './migrations/0002-sessions-and-api-tokens.ts'
import { certificatePublications } from './migrations/0003-certificate-publications.ts'
import { adminKeyTypes } from './migrations/0004-admin-key-types.ts'
import { toldUnblockingKeys } from './migrations/0005-told-unblocking-keys.ts'
import { requestsBySmartcard } from './migrations/0006-requests-by-smartcard.ts'
import { auditRecordsByWhatIsAsked } from './migrations/0007-audit-records-by-what-is-asked.ts'

/** Every step of the schema, in order. A step that was released never changes. */
export const migrationSteps: Readonly<Record<string, (types: ColumnTypes) => readonly string[]>> = {
  '0001-initial-schema': initialSchema,
  '0002-sessions-and-api-tokens': sessionsAndApiTokens,
  '0003-certificate-publications': certificatePublications,
  '0004-admin-key-types': adminKeyTypes,
  '0005-told-unblocking-keys': toldUnblockingKeys,
  '0006-requests-by-smartcard': requestsBySmartcard,
  '0007-audit-records-by-what-is-asked': auditRecordsByWhatIsAsked,
}

export function migrations(types: ColumnTypes): Record<string, Migration> {
  return Object.fromEntries(
    Object.entries(migrationSteps).map(([name, statements]) => [name, inOrder(statements(types))]),
  )
}

function inOrder(statements: readonly string[]): Migration {
  return {
    async up(database) {
      for (const statement of statements) await sql.raw(statement).execute(database)
    },
  }
}
