import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { Role } from '../../domain/role.ts'
import type { LocalAccount } from '../../domain/session.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import { changeLocalDirectory } from '../people/change-local-directory.ts'
import type { Reader, Transaction } from '../ports/store.ts'
import { checkOrganisationFile } from './check-organisation-file.ts'
import { type ComposeEnvironment, composeOrganisation, composePeople } from './compose-people.ts'
import {
  compareOrganisation,
  type OrganisationChanges,
  type PlannedOrganisation,
} from './organisation-changes.ts'
import type { OrganisationFile } from './organisation-file.ts'
import { requireOwnIdentifiers } from './require-own-identifiers.ts'
import { requireSameDomain } from './require-same-domain.ts'
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

export interface ImportOutcome extends OrganisationChanges {
  readonly accounts: readonly NewAccount[]
}

/** What the file says, and whether there is a company's directory beside it. */
interface PreparedImport extends Omit<PlannedOrganisation, 'profileTemplates'> {
  readonly isBesideCompany: boolean
  readonly names: TrusteeNames
}

/**
 * What an import would change, without changing it.
 *
 * @throws CardinalError as {@link importOrganisation} does
 */
export async function previewOrganisationImport(
  environment: ComposeEnvironment,
  file: OrganisationFile,
): Promise<OrganisationChanges> {
  const { reader } = environment.store
  return await compareOrganisation(reader, await checkAgainst(reader, await prepare(environment, file), file))
}

/**
 * Brings people, roles and templates of a file into the store, in one transaction. What is there already, known by its
 * name or uuid, is brought up to the file; a profile template that changed gets a new version; passwords are left alone.
 * Throws InvalidParameter where the file names somebody or something that there is not, what cannot work, or another
 * domain than the one that people are of, and ServiceUnavailable where the company's directory cannot be asked about it.
 */
export async function importOrganisation(
  environment: ImportEnvironment,
  file: OrganisationFile,
): Promise<ImportOutcome> {
  const prepared = await prepare(environment, file)
  const { users, names } = prepared
  const accounts = await composeAccounts(environment, file, users, names)
  const changes = await changeLocalDirectory(environment, async transaction => {
    const plan = await checkAgainst(transaction, prepared, file)
    const compared = await compareOrganisation(transaction, plan)
    await savePlan(transaction, plan)
    for (const { kept } of accounts) await transaction.saveLocalAccount(kept)
    await transaction.audit(
      auditEntry(environment, null, 'organisation-imported', {
        subject: plan.organisation.name,
        facts: {
          users: users.length,
          groups: plan.groups.length,
          profileTemplates: file.profileTemplates.length,
        },
      }),
    )
    if (accounts.length > 0) await environment.deliverPasswords(accounts.map(({ shown }) => shown))
    return compared
  })
  return { ...changes, accounts: accounts.map(({ shown }) => shown) }
}

async function prepare(environment: ComposeEnvironment, file: OrganisationFile): Promise<PreparedImport> {
  const { companyDirectory } = environment
  const isBesideCompany = companyDirectory !== null
  checkOrganisationFile(file, isBesideCompany)
  const composed = await composeOrganisation(environment, file)
  const { organisation } = composed
  const { users, groups } = await composePeople(environment, composed, file)
  const names = await resolveTrustees(file, { organisation, users, groups, companyDirectory })
  const sidOf = (name: string) => names.sidOf(name)
  return {
    isBesideCompany,
    names,
    organisation,
    users,
    groups: groups.map(group => ({ ...group, members: group.members.map(sidOf) })),
    roles: file.roles.flatMap(({ role, trustees }) =>
      trustees.map(name => ({ role, trustee: sidOf(name), name })),
    ),
    userGrants: file.userGrants.map(({ trustee, over, rights }) => ({
      trustee: sidOf(trustee),
      over: sidOf(over),
      rights,
      name: `of ${trustee} over ${over}`,
    })),
    certificateTemplates: file.certificateTemplates.map(template => readCertificateTemplate(template, names)),
  }
}

/** Throws InvalidParameter where what is kept forbids it. */
async function checkAgainst(
  reader: Reader,
  { isBesideCompany, names, ...prepared }: PreparedImport,
  file: OrganisationFile,
): Promise<PlannedOrganisation> {
  const { organisation, users, groups, certificateTemplates } = prepared
  // Beside a company's directory people of the server have no name of the domain, which is the directory's to change.
  if (!isBesideCompany) await requireSameDomain(reader, organisation)
  await requireOwnIdentifiers(reader, users, groups)
  const own = new Set(certificateTemplates.map(({ commonName }) => commonName))
  const profileTemplates: ProfileTemplate[] = []
  for (const template of file.profileTemplates) {
    const existing = await reader.findProfileTemplate(template.uuid.toLowerCase())
    const read = readProfileTemplate(template, names)
    for (const commonName of read.certificateTemplates) {
      if (own.has(commonName) || (await reader.findCertificateTemplate(commonName)) !== null) continue
      throw new CardinalError(
        'InvalidParameter',
        `profileTemplates: "${read.name}" names the certificate template "${commonName}", which does not exist.`,
      )
    }
    const isSame =
      existing !== null && JSON.stringify({ ...read, version: existing.version }) === JSON.stringify(existing)
    const version = template.version ?? (existing?.version ?? 0) + 1
    profileTemplates.push({ ...read, version: isSame ? existing.version : version })
  }
  return { ...prepared, profileTemplates }
}

async function savePlan(transaction: Transaction, plan: PlannedOrganisation): Promise<void> {
  await transaction.saveOrganisation(plan.organisation)
  for (const user of plan.users) await transaction.saveUser(user)
  for (const group of plan.groups) await transaction.saveGroup(group)
  for (const { role, trustee } of plan.roles) await transaction.saveRoleAssignment({ role, trustee })
  for (const { trustee, over, rights } of plan.userGrants) {
    await transaction.saveUserGrant({ trustee, over, rights })
  }
  for (const template of plan.certificateTemplates) await transaction.saveCertificateTemplate(template)
  for (const template of plan.profileTemplates) {
    const existing = await transaction.findProfileTemplate(template.uuid)
    if (existing === null || JSON.stringify(existing) !== JSON.stringify(template)) {
      await transaction.saveProfileTemplate(template)
    }
  }
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
