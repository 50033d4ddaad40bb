import type { Certificate } from '../../x509/certificate.ts'
import { findExtension } from '../../x509/extension.ts'
import { decodeBasicConstraints } from '../../x509/extensions/basic-constraints.ts'
import { decodeKeyUsage, type KeyUsage } from '../../x509/extensions/key-usage.ts'
import { objectIdentifiers } from '../../x509/object-identifier.ts'

/** @throws X509Error */
export function isAuthority({ extensions }: Certificate): boolean {
  const constraints = findExtension(extensions, objectIdentifiers.basicConstraints)
  return constraints !== null && decodeBasicConstraints(constraints.value).ca
}

/** Whether the key may be used so; without the extension it may be used for everything. @throws X509Error */
export function mayBeUsedFor({ extensions }: Certificate, usage: KeyUsage): boolean {
  const usages = findExtension(extensions, objectIdentifiers.keyUsage)
  return usages === null || decodeKeyUsage(usages.value).includes(usage)
}

/** Whether `now` lies in the validity, both ends included (RFC 5280 §4.1.2.5). */
export function isValidAt({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return notBefore <= now && now <= notAfter
}
