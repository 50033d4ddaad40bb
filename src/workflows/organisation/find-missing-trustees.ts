import type { Environment } from '../environment.ts'
import type { TrusteeDirectory } from '../ports/directory.ts'
import type { Reader } from '../ports/store.ts'

/** A user or group that is no more, and what was given to it. */
export interface MissingTrustee {
  readonly sid: string
  /** `role administrator`, `profile template "Card"` */
  readonly holds: readonly string[]
}

/** Those that something was given to and that neither the server nor the company's directory has. */
export async function findMissingTrustees(
  { store: { reader } }: Pick<Environment, 'store'>,
  directory: TrusteeDirectory,
): Promise<readonly MissingTrustee[]> {
  const holdings = await readHoldings(reader)
  const foreign: string[] = []
  for (const sid of holdings.keys()) if (!(await isOwn(reader, sid))) foreign.push(sid)
  const missing = await directory.listMissingSids(foreign)
  return missing.map(sid => ({ sid, holds: [...(holdings.get(sid) ?? [])] }))
}

async function readHoldings(reader: Reader): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const holdings = new Map<string, Set<string>>()
  const note = (sid: string, what: string) => {
    holdings.set(sid, (holdings.get(sid) ?? new Set()).add(what))
  }
  for (const { role, trustee } of await reader.listRoleAssignments()) note(trustee, `role ${role}`)
  for (const { trustee, over } of await reader.listUserGrants()) {
    note(trustee, 'user grant')
    note(over, 'user grant over it')
  }
  const templates = await reader.listProfileTemplates()
  for (const { name, grants, policies } of templates) {
    for (const { trustee } of grants) note(trustee, `profile template "${name}"`)
    for (const policy of Object.values(policies)) {
      const { authorizedInitiators, authorizedApprovers, authorizedEnrollmentAgents } = policy
      for (const sid of [...authorizedInitiators, ...authorizedApprovers, ...authorizedEnrollmentAgents])
        note(sid, `profile template "${name}"`)
    }
  }
  for (const name of new Set(templates.flatMap(({ certificateTemplates }) => certificateTemplates))) {
    const template = await reader.findCertificateTemplate(name)
    for (const sid of template?.enrollers ?? []) note(sid, `certificate template "${name}"`)
  }
  return holdings
}

async function isOwn(reader: Reader, sid: string): Promise<boolean> {
  return (await reader.findGroupBySid(sid)) !== null || (await reader.findUserBySid(sid)) !== null
}
