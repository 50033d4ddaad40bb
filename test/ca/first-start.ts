import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setUpCardMasterKeys } from '../../src/ca/card-master-keys.ts'
import { loadOrCreateKeyFile } from '../../src/ca/key-encryption-key.ts'
import { createVault } from '../../src/ca/vault.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { clock, randomness, setUp } from './authority.ts'

// A program: sets up everything in the folder that it is given, as a first start does, and prints what it ended with.
const [folder = '.'] = process.argv.slice(2)
const store = await openSqliteStore({ file: join(folder, 'cardinal.db') })
await store.migrate()
const vault = createVault(await loadOrCreateKeyFile(join(folder, 'secrets', 'key')), randomness.bytes)
const { root, issuing, created } = await setUp(store, {}, vault)
const keys = await setUpCardMasterKeys({ store, vault, clock, randomness })
await store.close()
process.stdout.write(
  JSON.stringify({
    root: root.certificate.serialNumberHex,
    issuing: issuing.certificate.serialNumberHex,
    masterKey: createHash('sha256').update(keys.current().secret).digest('hex'),
    created,
  }),
)
