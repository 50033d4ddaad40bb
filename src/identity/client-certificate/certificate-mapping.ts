import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { findExtension } from '../../x509/extension.ts'
import { decodeSidExtension } from '../../x509/extensions/sid-extension.ts'
import { decodeSubjectAlternativeName } from '../../x509/extensions/subject-alternative-name.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import type { ThumbprintTable } from './thumbprint-table.ts'

/** What of a certificate says whose it is. */
export type CertificateMappingKind = 'security-identifier' | 'user-principal-name' | 'mail' | 'thumbprint'

export interface CertificateMappingOptions {
  /** The preferred kind first. */
  readonly kinds: readonly CertificateMappingKind[]
  readonly thumbprints: ThumbprintTable
  readonly directory: Pick<Directory, 'findUserBySid' | 'findUserByName'>
}

type Finder = () => Promise<DirectoryUser | null>

/**
 * Finds the user of a certificate that another authority issued. The first kind of which it carries anything decides:
 * one whose security identifier belongs to nobody is not given to whomever its names fit.
 *
 * @returns the mapping
 * @throws (the mapping) SignInRefusal no-mapping, unknown-user, ambiguous-mapping; X509Error for a malformed extension;
 *   what the directory throws
 */
export function createCertificateMapping({
  kinds,
  thumbprints,
  directory,
}: CertificateMappingOptions): (certificate: Certificate, thumbprint: string) => Promise<DirectoryUser> {
  const finders: Readonly<
    Record<CertificateMappingKind, (certificate: Certificate, thumbprint: string) => Finder[]>
  > = {
    'security-identifier': certificate => {
      const extension = findExtension(certificate.extensions, objectIdentifiers.sidExtension)
      if (extension === null) return []
      const sid = decodeSidExtension(extension.value)
      return [() => directory.findUserBySid(sid)]
    },
    // A lookup by name takes account names too, which a principal name or an address must not pass for.
    'user-principal-name': certificate =>
      namesOf(certificate, 'userPrincipalName').map(
        name => () => findByName(name, user => [user.userPrincipalName]),
      ),
    // The directory finds nobody by address alone, and an address may be another person's principal name.
    mail: certificate =>
      namesOf(certificate, 'rfc822Name').map(
        name => () => findByName(name, user => [user.userPrincipalName, user.mail]),
      ),
    thumbprint: (_certificate, thumbprint) => {
      const accountName = thumbprints.get(thumbprint)
      return accountName === undefined ? [] : [() => directory.findUserByName(accountName)]
    },
  }

  async function findByName(
    name: string,
    mustAllBe: (user: DirectoryUser) => readonly (string | null)[],
  ): Promise<DirectoryUser | null> {
    const user = await directory.findUserByName(name)
    const wanted = name.toLowerCase()
    return user !== null && mustAllBe(user).every(each => each?.toLowerCase() === wanted) ? user : null
  }

  return async (certificate, thumbprint) => {
    for (const kind of kinds) {
      const candidates = finders[kind](certificate, thumbprint)
      if (candidates.length > 0) return await onlyUser(kind, candidates)
    }
    throw new SignInRefusal(
      'no-mapping',
      `The client certificate carries nothing by which users are found: ${kinds.join(', ')}. See clientCertificate.mapping.`,
    )
  }
}

async function onlyUser(kind: CertificateMappingKind, finders: readonly Finder[]): Promise<DirectoryUser> {
  const users = new Map<string, DirectoryUser>()
  for (const find of finders) {
    const user = await find()
    if (user !== null) users.set(user.uuid, user)
  }
  const [user, ...others] = users.values()
  if (user === undefined) {
    throw new SignInRefusal(
      'unknown-user',
      `The directory knows nobody by the ${kind} of the client certificate.`,
    )
  }
  if (others.length > 0) {
    throw new SignInRefusal('ambiguous-mapping', `The ${kind} of the client certificate fits several users.`)
  }
  return user
}

const mostNames = 8

function namesOf({ extensions }: Certificate, type: 'userPrincipalName' | 'rfc822Name'): string[] {
  const extension = findExtension(extensions, objectIdentifiers.subjectAlternativeName)
  if (extension === null) return []
  const names = decodeSubjectAlternativeName(extension.value).flatMap(name =>
    name.type === type ? [name.value] : [],
  )
  if (names.length <= mostNames) return names
  throw new SignInRefusal(
    'ambiguous-mapping',
    `The client certificate has more than ${mostNames} names of a kind.`,
  )
}
