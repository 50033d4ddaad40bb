import {
  baseUrl,
  boolean,
  choice,
  filePath,
  integer,
  list,
  optionalSetting,
  setting,
  text,
} from './setting.ts'

const claimName = text(/^[\x21-\x7e]{1,128}$/, 'the name of a claim')

/** How people sign in. */
export const signInSettings = {
  basicEnabled: setting('basic.enabled', boolean, {
    default: true,
    description: 'Sign in by name and password (HTTP Basic).',
  }),
  negotiateKeytabFile: optionalSetting('negotiate.keytabFile', filePath, {
    defaultText: 'none: no Windows Integrated Authentication',
    description: 'The keytab with the key of the service principal: turns Negotiate (Kerberos) on.',
  }),
  negotiateServicePrincipal: optionalSetting(
    'negotiate.servicePrincipal',
    text(/^HTTP\/[A-Za-z0-9.-]{1,253}(@[A-Za-z0-9.-]{1,253})?$/, 'HTTP/host or HTTP/host@REALM'),
    {
      defaultText: 'any that the keytab has',
      description: 'The one service principal that tickets must be for.',
    },
  ),
  negotiatePrivilegeAttributes: optionalSetting(
    'negotiate.privilegeAttributes',
    choice(['require', 'when-present']),
    {
      defaultText: '`require` where `ldap.kind` is active-directory; else `when-present`',
      description:
        'Whether a ticket must hold a privilege attribute certificate, in which a domain controller says by security identifier whose it is. A ticket without one counts by name, also after the name has gone to somebody else.',
    },
  ),
  negotiateChannelBinding: optionalSetting(
    'negotiate.channelBinding',
    choice(['off', 'when-supported', 'require']),
    {
      defaultText:
        '`when-supported` where TLS ends at Cardinal itself, or `channelBindingCertificateFiles` says where; else `off`',
      description:
        'Channel binding, which Windows calls Extended Protection: whether tickets must be bound to the TLS connection through which they come, those of clients that support it (`when-supported`) or all (`require`).',
    },
  ),
  negotiateChannelBindingCertificateFiles: setting(
    'negotiate.channelBindingCertificateFiles',
    list(filePath),
    {
      default: [],
      defaultText: 'none',
      description:
        'PEM files with the certificates of the proxies at which TLS ends; the first one of each file counts.',
    },
  ),
  openIdConnectIssuer: optionalSetting('openIdConnect.issuer', baseUrl, {
    defaultText: 'none: no OpenID Connect',
    description:
      'The OpenID Connect provider; its discovery document is at `/.well-known/openid-configuration` below. For AD FS `https://host/adfs`.',
  }),
  openIdConnectClientId: optionalSetting(
    'openIdConnect.clientId',
    text(/^[\x21-\x7e]{1,256}$/, 'a client id'),
    {
      description: 'The client as which Cardinal is registered there: turns sign-in by browser on.',
    },
  ),
  openIdConnectClientSecretFile: optionalSetting('openIdConnect.clientSecretFile', filePath, {
    defaultText: 'none: a public client',
    description: 'A file with the secret of that client, read anew for each sign-in.',
  }),
  openIdConnectAudience: setting(
    'openIdConnect.audience',
    list(text(/^[\x21-\x7e]{1,512}$/, 'an audience')),
    {
      default: [],
      defaultText: 'none: no bearer tokens',
      description: 'What access tokens must name as their audience: turns bearer tokens on.',
    },
  ),
  openIdConnectScope: setting(
    'openIdConnect.scope',
    text(/^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'scopes that begin with openid'),
    {
      default: 'openid profile',
      description: 'What sign-in by browser asks for.',
    },
  ),
  openIdConnectResource: optionalSetting(
    'openIdConnect.resource',
    text(/^[\x21-\x7e]{1,512}$/, 'a resource'),
    {
      description: 'The `resource` parameter that AD FS wants of sign-in by browser.',
    },
  ),
  openIdConnectUserClaim: setting('openIdConnect.userClaim', claimName, {
    default: 'upn',
    description: 'The claim that says who it is. It must not be one that people may change for themselves.',
  }),
  openIdConnectUserClaimHolds: setting('openIdConnect.userClaimHolds', choice(['name', 'sid', 'uuid']), {
    default: 'name',
    description: 'What that claim holds: an account or user principal name, a security identifier, a UUID.',
  }),
  openIdConnectGroupsClaim: optionalSetting('openIdConnect.groupsClaim', claimName, {
    defaultText: 'none: groups come from the directory alone',
    description:
      'A claim with names or security identifiers of groups that count beside those of the directory.',
  }),
  openIdConnectClockToleranceSeconds: setting('openIdConnect.clockToleranceSeconds', integer(0, 300), {
    default: 30,
    description: 'How far the clocks of the provider and of this server may differ.',
  }),
  openIdConnectAuthoritiesFile: optionalSetting('openIdConnect.authoritiesFile', filePath, {
    defaultText: 'those of the system',
    description: 'PEM file with the certification authorities that vouch for the provider.',
  }),
  clientCertificateEnabled: setting('clientCertificate.enabled', boolean, {
    default: true,
    description: 'Sign in by client certificate, where the server has TLS.',
  }),
  clientCertificateAuthoritiesFile: optionalSetting('clientCertificate.authoritiesFile', filePath, {
    defaultText: 'none: certificates that Cardinal issued',
    description:
      'PEM file with further certification authorities whose certificates sign in: those that issue, their roots, and all between.',
  }),
  clientCertificateMapping: setting(
    'clientCertificate.mapping',
    list(choice(['security-identifier', 'user-principal-name', 'mail', 'thumbprint'])),
    {
      default: ['security-identifier'],
      defaultText: '`security-identifier`',
      description:
        'By what certificates of those authorities are mapped to users; the first kind that a certificate carries decides. `mail` finds only people whose user principal name is their mail address. Only the first kind and the last are strong: names can pass to somebody else.',
    },
  ),
  clientCertificateThumbprintsFile: optionalSetting('clientCertificate.thumbprintsFile', filePath, {
    description:
      'A JSON file for the mapping `thumbprint`: an object of SHA-256 thumbprints and account names.',
  }),
  clientCertificateRevocation: setting('clientCertificate.revocation', choice(['require', 'prefer', 'off']), {
    default: 'require',
    description:
      'Whether a certificate of those authorities is refused where neither OCSP nor a CRL can be had (`require`), taken (`prefer`), or never asked about (`off`).',
  }),
  separationOfDuties: setting('separationOfDuties', boolean, {
    default: false,
    description: 'Auditors then only read, and administrators decide on no request.',
  }),
}
