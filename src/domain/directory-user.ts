/** A person as the directory knows them. */
export interface DirectoryUser {
  readonly uuid: string
  /** Security identifier, `S-1-5-21-…`. */
  readonly sid: string
  /** NetBIOS name of the domain, as in `CONTOSO\alice`. */
  readonly domain: string
  readonly accountName: string
  readonly displayName: string
  readonly userPrincipalName: string | null
  readonly mail: string | null
  /** RFC 4514. */
  readonly distinguishedName: string
  readonly enabled: boolean
}

/** What a directory says of an account. One that is only locked counts as enabled: somebody guessed its password. */
export type AccountState = 'enabled' | 'disabled' | 'expired' | 'locked'

/** `DOMAIN\account`, the form of RequesterName. */
export function qualifiedAccountName(user: DirectoryUser): string {
  return `${user.domain}\\${user.accountName}`
}
