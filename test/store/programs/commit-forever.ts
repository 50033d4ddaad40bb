import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { sampleAudit } from '../records.ts'

/** Commits one user after the other and writes each number to its output once the commit was acknowledged. */
const store = await openSqliteStore({ file: process.argv[2] ?? '' })
await store.migrate()
for (let number = 0; ; number++) {
  const uuid = String(number)
  await store.transactor.transaction(async tx => {
    await tx.audit(sampleAudit({ requestUuid: uuid }))
    await tx.saveUser({
      uuid,
      sid: uuid,
      domain: 'D',
      accountName: uuid,
      displayName: 'x'.repeat(2000),
      userPrincipalName: null,
      mail: null,
      distinguishedName: '',
      enabled: true,
    })
  })
  writeSync(1, `${number}\n`)
}
