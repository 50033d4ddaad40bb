import { systemRandomness } from '../../../../src/cli/environment/system-randomness.ts'
import { activeDirectoryMapping } from '../../../../src/directory/ldap/attributes/attribute-mapping.ts'
import { createLdapDirectory } from '../../../../src/directory/ldap/ldap-directory.ts'

/** Asks the directory once and then has nothing more to do: the process ends where no handle stays. */
const { url, certificationAuthorities, bindDn, password, startTls, closes } = JSON.parse(
  process.argv[2] ?? '',
)

const directory = createLdapDirectory({
  urls: [url],
  mapping: activeDirectoryMapping,
  clock: { now: () => new Date() },
  randomness: systemRandomness,
  startTls,
  tls: { certificationAuthorities },
  credentials: { bindDn, readPassword: () => password },
})
const outcome = await directory.check().then(
  () => 'good',
  error => String(error.cause),
)
if (closes) await directory.close()
process.stdout.write(outcome)
