import type { ClientCertificateConfiguration } from '../../config/configuration.ts'
import type { ClientCertificateScheme } from '../../identity/authentication-scheme.ts'
import { createClientCertificateScheme } from '../../identity/client-certificate/client-certificate-scheme.ts'
import { createRevocationDataFetch } from '../../identity/client-certificate/fetch-revocation-data.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { OpenEnvironment } from '../environment/open-environment.ts'
import { readClientAuthorities, readThumbprints } from './read-client-certificate-files.ts'

/** @throws UsageError where a file that the configuration names cannot be used */
export async function createConfiguredClientCertificateScheme(
  { authoritiesFile, mapping, thumbprintsFile, revocation }: ClientCertificateConfiguration,
  environment: Pick<
    OpenEnvironment,
    'store' | 'directory' | 'clock' | 'randomness' | 'certificationAuthority'
  > & { readonly ldap: Directory | null },
): Promise<ClientCertificateScheme> {
  const { store, directory, ldap, clock, randomness, certificationAuthority } = environment
  return createClientCertificateScheme({
    authority: certificationAuthority,
    reader: store.reader,
    directory: {
      findUser: directory.findUser,
      findUserByName: directory.findUserByName,
      // Other authorities speak for the company's people, not for the server's own accounts.
      findUserBySid: (ldap ?? directory).findUserBySid,
    },
    clock,
    authorities: await readClientAuthorities(authoritiesFile),
    mapping: { kinds: mapping, thumbprints: await readThumbprints(thumbprintsFile) },
    revocation: { requirement: revocation, fetch: createRevocationDataFetch(), randomness },
  })
}
