import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadVault } from '../../../src/cli/environment/load-vault.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { readConfiguration } from '../../../src/config/read-configuration.ts'
import { readFileIfPresent } from '../../../src/config/read-file-if-present.ts'
import type { CertificationAuthorityRecord } from '../../../src/domain/sealed-key.ts'

const authority: CertificationAuthorityRecord = {
  uuid: 'a',
  kind: 'root',
  name: 'Root',
  certificate: new Uint8Array(),
  sealedPrivateKey: new Uint8Array(),
}
const holding = (...records: CertificationAuthorityRecord[]) => ({
  listCertificationAuthorities: async () => records,
})

async function configurationIn(t: TestContext, more: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-vault-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'passphrase'), 'correct horse\n')
  const environment = { CARDINAL_DATA_DIR: folder, ...more }
  return readConfiguration({ environment, readFile: readFileIfPresent, workingDirectory: folder })
}

for (const [what, settings, file] of [
  ['key file', {}, 'key-encryption.key'],
  ['salt of the passphrase', { CARDINAL_KEY_PASSPHRASE_FILE: 'passphrase' }, 'key-encryption.salt'],
] as const) {
  test(`makes the ${what} for an empty database, and takes it again`, async t => {
    const configuration = await configurationIn(t, settings)
    const sealed = (await loadVault(configuration, holding())).seal('a test', Uint8Array.of(1, 2, 3))
    const again = await loadVault(configuration, holding(authority))
    assert.deepEqual([...again.open('a test', sealed)], [1, 2, 3])
  })

  test(`names the ${what} that is missing beside sealed keys, and makes none in its place`, async t => {
    const configuration = await configurationIn(t, settings)
    const path = join(configuration.dataDir, 'secrets', file)
    await assert.rejects(loadVault(configuration, holding(authority)), error => {
      assert.ok(error instanceof UsageError)
      assert.ok(error.message.includes(path))
      return true
    })
    assert.ok(!existsSync(path))
  })
}
