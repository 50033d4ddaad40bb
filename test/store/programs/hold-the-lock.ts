import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'

/** Holds the write lock of a database from when it writes `held` until its input ends. */
const database = new DatabaseSync(process.argv[2] ?? '', { timeout: 5000 })
database.exec('begin immediate')
process.stdout.write('held\n')
process.stdin.resume()
await once(process.stdin, 'end')
database.exec('commit')
database.close()
