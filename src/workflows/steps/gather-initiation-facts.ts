import type { CertificateTemplate } from '../../domain/certificate-template.ts'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import { CardinalError } from '../../domain/error.ts'
import type { InitiationFacts } from '../../domain/permission.ts'
import type { ProfileTemplate } from '../../domain/profile-template.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Reader } from '../ports/store.ts'

/** Everything that the decision on an initiation rests on, apart from the request type. */
export async function gatherInitiationFacts(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  target: DirectoryUser,
  profileTemplate: ProfileTemplate,
): Promise<Omit<InitiationFacts, 'type'>> {
  const { reader } = environment.store
  const targetSids =
    target.uuid === caller.user.uuid ? caller.principal.sids : await environment.directory.listSids(target)
  return {
    caller: caller.principal,
    target: { uuid: target.uuid, sids: targetSids },
    profileTemplate,
    certificateTemplates: await certificateTemplatesOf(reader, profileTemplate),
    userGrants: await reader.listUserGrants(),
  }
}

/** The certificate templates of a profile template, in its order. */
export async function certificateTemplatesOf(
  reader: Pick<Reader, 'findCertificateTemplate'>,
  profileTemplate: ProfileTemplate,
): Promise<readonly CertificateTemplate[]> {
  const templates: CertificateTemplate[] = []
  for (const commonName of profileTemplate.certificateTemplates) {
    const template = await reader.findCertificateTemplate(commonName)
    if (template === null) {
      throw new CardinalError(
        'ProfileTemplateNotFound',
        `The profile template "${profileTemplate.name}" names the certificate template "${commonName}", which does not exist.`,
      )
    }
    templates.push(template)
  }
  return templates
}
