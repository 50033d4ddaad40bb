import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activeDirectoryMapping } from '../../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { openLdapConnection } from '../../../../src/directory/ldap/connection/ldap-connection.ts'
import { completeOptions } from '../../../../src/directory/ldap/ldap-options.ts'
import { randomness } from '../../../testbed/environment.ts'
import { start } from '../contoso.ts'
import { answerOf, type ScriptedAnswer, startScriptedServer } from '../scripted-server.ts'

const agreed = answerOf(1, 0, null, { tag: 0x78 })
const refused = answerOf(1, 53, null, { tag: 0x78, diagnostic: 'no TLS' })
/** What somebody between would have us take for the answer to a bind. */
const slippedIn = answerOf(1, 0)

const faults: readonly [what: string, answers: readonly ScriptedAnswer[], said: RegExp][] = [
  ['refuses', [[refused]], /starts no TLS \(result 53: no TLS\)/],
  ['says more before TLS', [[Buffer.concat([agreed, slippedIn])]], /more than an answer came before TLS/],
  ['answers a bind', [[slippedIn]], /something else/],
  ['agrees and ends', [[agreed], 'end'], /ended the connection: is \d+ its port for LDAP without TLS/],
  ['agrees and speaks on without TLS', [[agreed], [slippedIn]], /wrong version number|packet length|SSL/i],
]

for (const [what, answers, said] of faults) {
  test(`StartTLS fails where the server ${what}`, { timeout: 60_000 }, async () => {
    await using server = await startScriptedServer(answers)
    const url = `ldap://127.0.0.1:${server.port}`
    const clock = { now: () => start }
    const settings = completeOptions({
      urls: [url],
      mapping: activeDirectoryMapping,
      clock,
      randomness,
      startTls: true,
    })
    await assert.rejects(openLdapConnection(url, settings), {
      name: 'LdapFault',
      kind: 'unreachable',
      message: said,
    })
    assert.equal(
      server.requests[0]?.toString('latin1'),
      '0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037',
    )
  })
}
