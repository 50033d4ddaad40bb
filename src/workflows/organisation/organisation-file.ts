import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { CardinalError } from '../../domain/error.ts'
import { extendedRights, roles } from '../../domain/role.ts'
import {
  certificateTemplateSchema,
  closed,
  profileTemplateSchema,
  text,
  trustees,
  uuidText,
} from './template-file-schema.ts'

const securityIdentifier = Type.String({ pattern: '^S-1-[0-9]{1,14}(-[0-9]{1,10}){1,15}$' })

const userSchema = Type.Object(
  {
    /** The characters that Active Directory refuses in sAMAccountName are refused here too. */
    account: Type.String({ pattern: '^[^"/\\\\\\[\\]:;|=,+*?<>@\\s]{1,64}$' }),
    displayName: text,
    uuid: Type.Optional(uuidText),
    sid: Type.Optional(securityIdentifier),
    mail: Type.Optional(text),
    userPrincipalName: Type.Optional(text),
    distinguishedName: Type.Optional(text),
    enabled: Type.Optional(Type.Boolean()),
    /** Makes a local account with a random password, which is handed out once. */
    generatePassword: Type.Optional(Type.Boolean()),
  },
  closed,
)

const organisationFileSchema = Type.Object(
  {
    format: Type.Literal('cardinal-organisation-1'),
    organisation: Type.Object(
      {
        name: text,
        /** May be left out where the company's directory says it. */
        domain: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,14}$' })),
        dnsName: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$' })),
        domainSid: Type.Optional(securityIdentifier),
        serviceAccountSid: Type.Optional(securityIdentifier),
      },
      closed,
    ),
    users: Type.Array(userSchema),
    groups: Type.Array(
      Type.Object(
        {
          name: text,
          uuid: Type.Optional(uuidText),
          sid: Type.Optional(securityIdentifier),
          members: trustees,
        },
        closed,
      ),
    ),
    roles: Type.Array(Type.Object({ role: Type.Enum([...roles]), trustees }, closed)),
    userGrants: Type.Array(
      Type.Object(
        { trustee: text, over: text, rights: Type.Array(Type.Enum([...extendedRights]), { minItems: 1 }) },
        closed,
      ),
    ),
    certificateTemplates: Type.Array(certificateTemplateSchema),
    profileTemplates: Type.Array(profileTemplateSchema),
  },
  closed,
)

/** People, roles and templates, as an administrator writes them down. Trustees stand by name. */
export type OrganisationFile = Static<typeof organisationFileSchema>

/**
 * Reads the text of an organisation file.
 * Throws InvalidParameter that names every fault by its place in the file.
 */
export function parseOrganisationFile(content: string): OrganisationFile {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new CardinalError('MalformedBody', `The organisation file is not JSON: ${(error as Error).message}`)
  }
  if (Value.Check(organisationFileSchema, value)) return value
  const faults = [...Value.Errors(organisationFileSchema, value)].map(
    error =>
      `${error.instancePath === '' ? 'the file' : error.instancePath.slice(1).replaceAll('/', '.')} ${error.message}`,
  )
  throw new CardinalError('InvalidParameter', `The organisation file has faults:\n  ${faults.join('\n  ')}`)
}
