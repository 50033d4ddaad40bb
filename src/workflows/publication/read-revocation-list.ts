import type { Environment } from '../environment.ts'

/** The latest revocation list of an authority, DER; null for an unknown authority. Public, as RFC 5280 §4.2.1.13 needs it. */
export async function readRevocationList(
  environment: Pick<Environment, 'store'>,
  authorityUuid: string,
): Promise<Uint8Array | null> {
  return (await environment.store.reader.findLatestRevocationList(authorityUuid))?.der ?? null
}
