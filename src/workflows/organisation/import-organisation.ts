import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { Role } from '../../domain/role.ts'
import type { LocalAccount } from '../../domain/session.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { changeLocalDirectory } from '../people/change-local-directory.ts'
import type { Transaction } from '../ports/store.ts'
import { checkOrganisationFile } from './check-organisation-file.ts'
import { type ComposeEnvironment, composeOrganisation, composePeople } from './compose-people.ts'
import type { OrganisationFile } from './organisation-file.ts'
import { requireOwnIdentifiers } from './require-own-identifiers.ts'
import { resolveTrustees } from './resolve-trustees.ts'
import { readCertificateTemplate, readProfileTemplate } from './templates-of-file.ts'
import type { TrusteeNames } from './trustee-names.ts'

/** An account that the import made, with the password that is shown this once. */
export interface NewAccount {
  readonly user: string
  readonly password: string
  readonly roles: readonly Role[]
}

export interface ImportEnvironment extends ComposeEnvironment, Pick<Environment, 'clock'> {
  readonly randomPassword: () => string
  readonly hashPassword: (password: string) => Promise<string>
  /**
   * Keeps the new passwords for the administrator. Called right before the commit, so that none is lost, and when
   * nobody else can make the same accounts any more. May be called again where the transaction is repeated.
   */
  readonly deliverPasswords: (accounts: readonly NewAccount[]) => Promise<void>
}

/**
 * Brings people, roles and templates of a file into the store, in one transaction. What is there already, known by its
 * name or uuid, is brought up to the file; a profile template that changed gets a new version; passwords are left alone.
 * Throws InvalidParameter where the file names somebody or something that there is not, or what cannot work, and
 * ServiceUnavailable where the company's directory cannot be asked about it.
 */
export async function importOrganisation(
  environment: ImportEnvironment,
  file: OrganisationFile,
): Promise<readonly NewAccount[]> {
  const { companyDirectory } = environment
  checkOrganisationFile(file, companyDirectory !== null)
  const composed = await composeOrganisation(environment, file)
  const { organisation } = composed
  const { users, groups } = await composePeople(environment, composed, file)
  const names = await resolveTrustees(file, { organisation, users, groups, companyDirectory })
  const accounts = await composeAccounts(environment, file, users, names)
  await changeLocalDirectory(environment, async transaction => {
    await requireOwnIdentifiers(transaction, users, groups)
    await transaction.saveOrganisation(organisation)
    for (const user of users) await transaction.saveUser(user)
    for (const group of groups) {
      await transaction.saveGroup({ ...group, members: group.members.map(member => names.sidOf(member)) })
    }
    for (const { kept } of accounts) await transaction.saveLocalAccount(kept)
    await saveGrants(transaction, file, names)
    await saveTemplates(transaction, file, names)
    await transaction.audit(
      auditEntry(environment, null, 'organisation-imported', {
        subject: organisation.name,
        facts: { users: users.length, groups: groups.length, profileTemplates: file.profileTemplates.length },
      }),
    )
    if (accounts.length > 0) await environment.deliverPasswords(accounts.map(({ shown }) => shown))
  })
  return accounts.map(({ shown }) => shown)
}

async function composeAccounts(
  environment: ImportEnvironment,
  file: OrganisationFile,
  users: readonly DirectoryUser[],
  names: TrusteeNames,
): Promise<{ shown: NewAccount; kept: LocalAccount }[]> {
  const accounts: { shown: NewAccount; kept: LocalAccount }[] = []
  for (const [index, user] of users.entries()) {
    if (file.users[index]?.generatePassword !== true) continue
    if ((await environment.store.reader.findLocalAccount(user.uuid)) !== null) continue
    const password = environment.randomPassword()
    const sids = names.sidsOfUser(user.sid)
    const roles = file.roles
      .filter(({ trustees }) => trustees.some(trustee => sids.has(names.sidOf(trustee))))
      .map(({ role }) => role)
    accounts.push({
      shown: { user: user.accountName, password, roles },
      kept: { userUuid: user.uuid, passwordHash: await environment.hashPassword(password) },
    })
  }
  return accounts
}

async function saveGrants(
  transaction: Transaction,
  file: OrganisationFile,
  names: TrusteeNames,
): Promise<void> {
  for (const { role, trustees } of file.roles) {
    for (const trustee of trustees)
      await transaction.saveRoleAssignment({ role, trustee: names.sidOf(trustee) })
  }
  for (const grant of file.userGrants) {
    await transaction.saveUserGrant({
      trustee: names.sidOf(grant.trustee),
      over: names.sidOf(grant.over),
      rights: grant.rights,
    })
  }
}

async function saveTemplates(
  transaction: Transaction,
  file: OrganisationFile,
  names: TrusteeNames,
): Promise<void> {
  for (const template of file.certificateTemplates) {
    await transaction.saveCertificateTemplate(readCertificateTemplate(template, names))
  }
  for (const template of file.profileTemplates) {
    const existing = await transaction.findProfileTemplate(template.uuid.toLowerCase())
    const read = readProfileTemplate(template, names)
    for (const commonName of read.certificateTemplates) {
      if ((await transaction.findCertificateTemplate(commonName)) === null) {
        throw new CardinalError(
          'InvalidParameter',
          `profileTemplates: "${read.name}" names the certificate template "${commonName}", which does not exist.`,
        )
      }
    }
    const version = template.version ?? (existing?.version ?? 0) + 1
    const isSame =
      existing !== null && JSON.stringify({ ...read, version: existing.version }) === JSON.stringify(existing)
    if (!isSame) await transaction.saveProfileTemplate({ ...read, version })
  }
}
