import { after, before } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { describeDirectory } from '../directory-contract.ts'
import { describeAccounts } from './active-directory-accounts.ts'
import { describeFailures } from './active-directory-failures.ts'
import { describeMistakes } from './active-directory-mistakes.ts'
import { describePasswords } from './active-directory-passwords.ts'
import { describeTls } from './active-directory-tls.ts'
import { type Contoso, openDirectory, startContoso } from './contoso.ts'

const skip = leftOutWithout('samba')

let contoso: Contoso | null = null
const started = (): Contoso => {
  if (contoso === null) throw new Error('The domain was not started.')
  return contoso
}

before(async () => {
  if (skip === false) contoso = await startContoso()
})
after(() => contoso?.samba.stop())

for (const membership of ['tokenGroups', 'transitive', 'walk'] as const) {
  describeDirectory(
    `in Active Directory, groups by ${membership}`,
    async () => {
      const { alice, uuids, groups, samba } = started()
      const { directory } = openDirectory(started(), { membership })
      return {
        directory,
        dnsName: samba.dnsName,
        alice,
        doraUuid: uuids.dora,
        groups,
        close: directory.close,
      }
    },
    { skip },
  )
}

describeAccounts(started, skip)
describeTls(started, skip)
describePasswords(started, skip)
describeMistakes(started, skip)
describeFailures(started, skip)
