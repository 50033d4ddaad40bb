/**
 * Where everybody finds what a certification authority publishes: its revocation list and its certificate, in DER
 * (RFC 2585 §3). These stand in every certificate that it issues, so they never change while one of them is valid.
 */
export function publicationUrls(
  publicUrl: string,
  certificationAuthorityUuid: string,
): { readonly revocationList: string; readonly certificate: string } {
  const base = `${publicUrl.replace(/\/+$/, '')}/pki/${certificationAuthorityUuid.toLowerCase()}`
  return { revocationList: `${base}.crl`, certificate: `${base}.cer` }
}
