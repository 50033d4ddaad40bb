import { decodeDer } from '../der/der-reader.ts'
import { derNamedBits, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

const names = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** What the key may be used for, in the words of RFC 5280 §4.2.1.3. */
export type KeyUsage = (typeof names)[number]

/**
 * Critical, as RFC 5280 §4.2.1.3 recommends.
 *
 * @throws X509Error invalid-extension without any usage, which RFC 5280 forbids
 */
export function encodeKeyUsage(usages: readonly KeyUsage[]): Extension {
  if (usages.length === 0) throw new X509Error('invalid-extension', 'a key usage that allows nothing')
  const value = encodeDer(derNamedBits(usages.map(usage => names.indexOf(usage))))
  return { oid: objectIdentifiers.keyUsage, critical: true, value }
}

/** In the order of the bits. @throws X509Error */
export function decodeKeyUsage(value: Uint8Array): readonly KeyUsage[] {
  return decodeDer(value, reader => {
    const start = reader.position
    return reader.namedBits().map(bit => {
      const usage = names[bit]
      if (usage === undefined) throw reader.error('invalid-extension', 'an unknown key usage', start)
      return usage
    })
  })
}
