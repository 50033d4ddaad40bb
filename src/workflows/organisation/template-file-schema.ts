import { Type } from 'typebox'
import { revocationReasons } from '../../domain/policy.ts'
import { supportedRequestTypes } from '../../domain/request.ts'

/** Files name every key; a misspelt one is a fault. */
export const closed = { additionalProperties: false } as const
export const text = Type.String({ minLength: 1, maxLength: 1024 })
export const uuidText = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })
/** Names of users or groups, or security identifiers. */
export const trustees = Type.Array(text)
const flag = Type.Optional(Type.Boolean())
const objectIdentifier = Type.String({ pattern: '^[0-2](\\.(0|[1-9][0-9]{0,15})){2,30}$' })

export const certificateTemplateSchema = Type.Object(
  {
    commonName: text,
    displayName: text,
    oid: objectIdentifier,
    majorVersion: Type.Integer({ minimum: 0 }),
    minorVersion: Type.Integer({ minimum: 0 }),
    validityDays: Type.Integer({ minimum: 1, maximum: 36500 }),
    keyUsage: Type.Array(
      Type.Enum([
        'digital-signature',
        'non-repudiation',
        'key-encipherment',
        'data-encipherment',
        'key-agreement',
      ]),
      { minItems: 1 },
    ),
    extendedKeyUsage: Type.Array(objectIdentifier, { minItems: 1 }),
    subject: Type.Enum(['distinguished-name', 'common-name', 'empty', 'request']),
    subjectAlternativeNames: Type.Array(Type.Enum(['user-principal-name', 'email'])),
    includeSecurityIdentifier: Type.Boolean(),
    publishToDirectory: flag,
    key: Type.Object(
      {
        algorithm: Type.Enum(['RSA', 'EC']),
        keySize: Type.Integer({ minimum: 256, maximum: 8192 }),
        hashAlgorithm: Type.Enum(['SHA1', 'SHA256', 'SHA384', 'SHA512']),
        keyStorageProviders: Type.Array(text),
        friendlyName: Type.Optional(Type.String({ maxLength: 1024 })),
        exportable: flag,
        protection: Type.Optional(
          Type.Enum(['no-consent', 'consent', 'consent-with-password', 'consent-with-fingerprint']),
        ),
        usages: Type.Array(Type.Enum(['decryption', 'signing', 'key-agreement'])),
      },
      closed,
    ),
    enrollers: trustees,
  },
  closed,
)

const dataCollectionItem = Type.Object(
  {
    name: text,
    description: Type.Optional(Type.String({ maxLength: 4096 })),
    role: Type.Enum(['subscriber', 'certificate-manager']),
    type: Type.Optional(Type.Enum(['string', 'number', 'date'])),
    required: flag,
    storage: Type.Optional(text),
    validation: Type.Optional(
      Type.Object(
        { type: Type.Enum(['none', 'regular-expression']), data: Type.String({ maxLength: 1024 }) },
        closed,
      ),
    ),
  },
  closed,
)

const revocationSettings = Type.Object(
  {
    allowSpecifyDelay: flag,
    allowSpecifyReason: flag,
    disableOldCardOrProfile: flag,
    effectiveRevocationDelay: Type.Optional(Type.Integer({ minimum: 0 })),
    publishBaseCrl: flag,
    publishDeltaCrl: flag,
    reason: Type.Enum([...revocationReasons]),
    revokeOldCertificates: flag,
  },
  closed,
)

export const policySchema = Type.Object(
  {
    type: Type.Enum([...supportedRequestTypes]),
    enabled: flag,
    selfServiceEnabled: flag,
    approvalsNeeded: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    authorizedInitiators: Type.Optional(trustees),
    authorizedApprovers: Type.Optional(trustees),
    authorizedEnrollmentAgents: Type.Optional(trustees),
    enrollAgentRequired: flag,
    collectComments: flag,
    collectRequestPriority: flag,
    defaultRequestPriority: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    documents: Type.Optional(Type.Array(text)),
    dataCollection: Type.Optional(Type.Array(dataCollectionItem)),
    revocationSettings: Type.Optional(revocationSettings),
    reuseCard: flag,
    cardRetirement: Type.Optional(
      Type.Object(
        { blockAdminPin: flag, blockUserPin: flag, resetAdminPin: flag, resetUserPin: flag, eraseCard: flag },
        closed,
      ),
    ),
  },
  closed,
)

const smartcardSchema = Type.Object(
  {
    isVirtualSmartcard: flag,
    providerId: Type.Optional(text),
    providerName: Type.Optional(text),
    providerType: Type.Optional(text),
    userPinOption: Type.Enum([
      'none',
      'user-provided',
      'server-distributed',
      'randomized',
      'custom-server-distributed',
    ]),
    userPinPolicy: Type.Optional(
      Type.Object(
        {
          minimumLength: Type.Integer({ minimum: 4, maximum: 127 }),
          maximumLength: Type.Integer({ minimum: 4, maximum: 127 }),
        },
        closed,
      ),
    ),
    defaultAdminKeyHex: Type.String({ pattern: '^[0-9a-fA-F]{48}$' }),
    diversifyAdminKey: Type.Boolean(),
    allowSmartcardReuse: flag,
    certificateLabel: Type.Optional(text),
    doNotInstallCaCertificates: flag,
    eraseOnOverflow: flag,
    initializeNewSmartcard: flag,
    maxNumberOfCertificates: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
)

export const profileTemplateSchema = Type.Object(
  {
    uuid: uuidText,
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    name: text,
    description: Type.String({ maxLength: 4096 }),
    certificateTemplates: Type.Array(text, { minItems: 1 }),
    smartcard: Type.Optional(smartcardSchema),
    policies: Type.Array(policySchema),
    grants: Type.Array(
      Type.Object(
        { trustee: text, rights: Type.Array(Type.Enum(['read', 'enroll', 'manage']), { minItems: 1 }) },
        closed,
      ),
    ),
  },
  closed,
)
