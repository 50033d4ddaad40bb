import { decodeDer } from '../der/der-reader.ts'
import { type DerPart, derSequence, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeGeneralName, type GeneralName, readGeneralName } from '../names/general-name.ts'
import { encodeObjectIdentifier, objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

export interface AccessDescription {
  /** Dotted object identifier, mostly `objectIdentifiers.caIssuers` or `objectIdentifiers.ocsp`. */
  readonly method: string
  readonly location: GeneralName
}

/**
 * Where the issuer's certificate and its OCSP responder are found (RFC 5280 §4.2.2.1).
 *
 * @throws X509Error invalid-extension without any address
 */
export function encodeAuthorityInformationAccess(uris: {
  readonly caIssuers: readonly string[]
  readonly ocsp: readonly string[]
}): Extension {
  const descriptions = [
    ...uris.caIssuers.map(uri => encodeDescription(objectIdentifiers.caIssuers, uri)),
    ...uris.ocsp.map(uri => encodeDescription(objectIdentifiers.ocsp, uri)),
  ]
  if (descriptions.length === 0) throw new X509Error('invalid-extension', 'no access description')
  return {
    oid: objectIdentifiers.authorityInformationAccess,
    critical: false,
    value: encodeDer(derSequence(descriptions)),
  }
}

function encodeDescription(method: string, uri: string): DerPart {
  return derSequence([
    encodeObjectIdentifier(method),
    encodeGeneralName({ type: 'uniformResourceIdentifier', value: uri }),
  ])
}

/** @throws X509Error */
export function decodeAuthorityInformationAccess(value: Uint8Array): readonly AccessDescription[] {
  return decodeDer(value, reader =>
    reader.sequenceOf(description =>
      description.sequence(inner => ({ method: inner.objectIdentifier(), location: readGeneralName(inner) })),
    ),
  )
}
