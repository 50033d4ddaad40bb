import type { Environment } from '../environment.ts'

/** The certificate of an authority, DER; null for an unknown one. Public. */
export function readAuthorityCertificate(
  environment: Pick<Environment, 'certificationAuthority' | 'rootAuthority'>,
  authorityUuid: string,
): Uint8Array | null {
  const authorities = [environment.certificationAuthority, environment.rootAuthority]
  return authorities.find(authority => authority.uuid === authorityUuid)?.certificate.der ?? null
}
