import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

const program = path.join(import.meta.dirname, 'programs/commit-forever.ts')

for (const enough of [1, 40, 300]) {
  test(`keeps exactly what was acknowledged when it is killed after ${enough} commits`, async t => {
    const file = path.join(await temporaryFolder(t), 'cardinal.db')
    const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let acknowledged = 0
    for await (const line of createInterface(child.stdout)) {
      assert.equal(Number(line), acknowledged++)
      if (acknowledged === enough) child.kill('SIGKILL')
    }
    assert.ok(acknowledged >= enough)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')

    const store = await openSqliteStore({ file })
    t.after(() => store.close())
    const isThere = async (number: number) => {
      const user = await store.reader.findUser(String(number))
      const audit = await store.reader.listAuditRecordsOfRequest(String(number))
      assert.equal(user === null ? 0 : 1, audit.length, `half of transaction ${number}`)
      return user !== null
    }
    for (let number = 0; number < acknowledged; number++) {
      assert.equal(await isThere(number), true, `transaction ${number} is lost`)
    }
    // The one that was committed as the blow fell may be there without its acknowledgement, and none after it.
    assert.equal(await isThere(acknowledged + 1), false)
    assert.deepEqual(integrityOf(file), [{ integrity_check: 'ok' }])
  })
}

function integrityOf(file: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database
      .prepare('pragma integrity_check')
      .all()
      .map(row => ({ ...row }))
  } finally {
    database.close()
  }
}
