import type { DirectoryUser } from '../../src/domain/directory-user.ts'

export const domainSid = 'S-1-5-21-1004336348-1177238915-682003330'

export const alice: DirectoryUser = {
  uuid: '0a0d8e9c-6f0a-4b8e-9a43-1f5b8a9b2c11',
  sid: `${domainSid}-1101`,
  domain: 'CONTOSO',
  accountName: 'alice',
  displayName: 'Alice',
  userPrincipalName: 'alice@contoso.com',
  mail: null,
  distinguishedName: 'CN=Alice,DC=contoso,DC=com',
  enabled: true,
}
