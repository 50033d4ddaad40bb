import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createDirectoryGssapi } from '../../../src/cli/environment/create-directory-gssapi.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { makeKeytab } from '../../testbed/kerberos/ticket.ts'

describe('signing in to the directory by a keytab cannot work', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-keytab-'))
  })
  after(() => rm(folder, { recursive: true }))

  const key = { principal: 'svc', realm: 'CONTOSO.TEST', version: 1, key: Buffer.alloc(32, 0xab) }
  for (const [what, content, principal, said] of [
    ['without the file', null, 'svc@CONTOSO.TEST', /cannot be read \(ENOENT.*CARDINAL_LDAP_KEYTAB_FILE/],
    ['with another file', Buffer.from('{}'), 'svc@CONTOSO.TEST', /is no keytab/],
    ['with the keys of another', makeKeytab([key]), 'svd@CONTOSO.TEST', /for svd@.*only svc@CONTOSO\.TEST\./],
    ['in another case', makeKeytab([key]), 'svc@contoso.test', /compared with case/],
    ['with no keys', makeKeytab([]), 'svc@CONTOSO.TEST', /only nothing at all/],
  ] as const) {
    test(`${what}, and says so at the start`, async () => {
      const keytabFile = path.join(folder, `${what}.keytab`)
      if (content !== null) await writeFile(keytabFile, content)
      await assert.rejects(
        createDirectoryGssapi({ kind: 'keytab', keytabFile, principal }),
        (error: unknown) =>
          error instanceof UsageError && said.test(error.message) && !/abab/.test(error.message),
      )
    })
  }
})
