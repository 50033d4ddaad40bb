import type {
  ClientCertificateConfiguration,
  NegotiateConfiguration,
  OpenIdConnectConfiguration,
  SignInConfiguration,
} from './configuration.ts'
import type { SettingReader } from './setting-reader.ts'
import { signInSettings as settings } from './sign-in-settings.ts'

interface SignInCircumstances {
  readonly hasTls: boolean
  readonly isBehindProxy: boolean
  readonly isActiveDirectory: boolean
}

/**
 * How people sign in. Notes settings that do not go together.
 *
 * @param hasTls whether the server itself speaks TLS
 * @param isBehindProxy whether clients reach it through a proxy, at which their own TLS ends
 * @param isActiveDirectory whether people are those of Active Directory
 */
export function signInConfigurationOf(
  reader: SettingReader,
  circumstances: SignInCircumstances,
): SignInConfiguration {
  const { hasTls } = circumstances
  return {
    basic: reader.read(settings.basicEnabled),
    negotiate: negotiateOf(reader, circumstances),
    openIdConnect: openIdConnectOf(reader),
    clientCertificate: clientCertificateOf(reader, hasTls),
    separationOfDuties: reader.read(settings.separationOfDuties),
  }
}

function negotiateOf(
  reader: SettingReader,
  { hasTls, isBehindProxy, isActiveDirectory }: SignInCircumstances,
): NegotiateConfiguration | undefined {
  const keytabFile = reader.read(settings.negotiateKeytabFile)
  const servicePrincipal = reader.read(settings.negotiateServicePrincipal)
  if (keytabFile === undefined && servicePrincipal !== undefined)
    reader.fault(settings.negotiateServicePrincipal, 'needs keytabFile beside it')
  const channelBinding = reader.read(settings.negotiateChannelBinding)
  const channelBindingCertificateFiles = reader.read(settings.negotiateChannelBindingCertificateFiles)
  const hasCertificates = channelBindingCertificateFiles.length > 0
  if (channelBinding !== undefined && channelBinding !== 'off' && !hasTls && !hasCertificates)
    reader.fault(
      settings.negotiateChannelBinding,
      'needs tlsCertificateFile or, where TLS ends at a proxy, channelBindingCertificateFiles: tickets are bound to a certificate',
    )
  if (channelBinding === 'off' && hasCertificates)
    reader.fault(settings.negotiateChannelBindingCertificateFiles, 'is of no use where channelBinding is off')
  const privilegeAttributes = reader.read(settings.negotiatePrivilegeAttributes)
  if (keytabFile === undefined) return undefined
  const isKnownWhereTlsEnds = hasCertificates || (hasTls && !isBehindProxy)
  return {
    keytabFile,
    servicePrincipal,
    privilegeAttributes: privilegeAttributes ?? (isActiveDirectory ? 'require' : 'when-present'),
    channelBinding: channelBinding ?? (isKnownWhereTlsEnds ? 'when-supported' : 'off'),
    channelBindingCertificateFiles,
  }
}

/** It is looked for there, below the issuer (OpenID Connect Discovery 1.0 §4). */
const discoveryDocument = /\/+\.well-known\/openid-configuration$/i

function openIdConnectOf(reader: SettingReader): OpenIdConnectConfiguration | undefined {
  const issuer = reader.read(settings.openIdConnectIssuer)
  const ofDocument = issuer?.replace(discoveryDocument, '')
  if (ofDocument !== issuer)
    reader.fault(
      settings.openIdConnectIssuer,
      `is the address of the discovery document, not of the issuer; must be ${ofDocument}`,
    )
  const clientId = reader.read(settings.openIdConnectClientId)
  const secretFile = reader.read(settings.openIdConnectClientSecretFile)
  const audience = reader.read(settings.openIdConnectAudience)
  if (clientId === undefined && secretFile !== undefined)
    reader.fault(settings.openIdConnectClientSecretFile, 'needs clientId beside it')
  if (issuer === undefined && clientId !== undefined)
    reader.fault(settings.openIdConnectClientId, 'needs issuer beside it')
  if (issuer === undefined && audience.length > 0)
    reader.fault(settings.openIdConnectAudience, 'needs issuer beside it')
  const groupsClaim = reader.read(settings.openIdConnectGroupsClaim)
  if (groupsClaim !== undefined && audience.length === 0)
    reader.fault(
      settings.openIdConnectGroupsClaim,
      'needs audience beside it: groups of a token count for bearer calls alone',
    )
  if (issuer === undefined) return undefined
  if (clientId === undefined && audience.length === 0)
    reader.fault(settings.openIdConnectIssuer, 'needs clientId, or audience, or both beside it')
  return {
    issuer,
    client: clientId === undefined ? undefined : { id: clientId, secretFile },
    audience,
    scope: reader.read(settings.openIdConnectScope),
    resource: reader.read(settings.openIdConnectResource),
    userClaim: reader.read(settings.openIdConnectUserClaim),
    userClaimHolds: reader.read(settings.openIdConnectUserClaimHolds),
    groupsClaim,
    clockToleranceSeconds: reader.read(settings.openIdConnectClockToleranceSeconds),
    authoritiesFile: reader.read(settings.openIdConnectAuthoritiesFile),
  }
}

function clientCertificateOf(
  reader: SettingReader,
  hasTls: boolean,
): ClientCertificateConfiguration | undefined {
  const authoritiesFile = reader.read(settings.clientCertificateAuthoritiesFile)
  const mapping = reader.read(settings.clientCertificateMapping)
  const thumbprintsFile = reader.read(settings.clientCertificateThumbprintsFile)
  if (authoritiesFile !== undefined && !hasTls)
    reader.fault(
      settings.clientCertificateAuthoritiesFile,
      'needs tlsCertificateFile: clients show certificates in TLS',
    )
  if (mapping.includes('thumbprint') !== (thumbprintsFile !== undefined))
    reader.fault(
      settings.clientCertificateThumbprintsFile,
      'goes with `thumbprint` in mapping, each with the other',
    )
  if (!hasTls || !reader.read(settings.clientCertificateEnabled)) return undefined
  return {
    authoritiesFile,
    mapping,
    thumbprintsFile,
    revocation: reader.read(settings.clientCertificateRevocation),
  }
}
