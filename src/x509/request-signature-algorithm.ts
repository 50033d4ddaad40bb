import { constants } from 'node:crypto'
import { equalBytes } from './der/bytes.ts'
import { type DerReader, decodeDer } from './der/der-reader.ts'
import { derSequence, encodeDer } from './der/der-writer.ts'
import { encodeObjectIdentifier, objectIdentifiers } from './object-identifier.ts'
import {
  type DigestAlgorithm,
  digestOfSignatureAlgorithm,
  findSignatureAlgorithm,
  keyOfSignatureAlgorithm,
} from './signature-algorithm.ts'

/**
 * How a request proves possession. That takes more than we sign with ourselves: SHA-1, which the published client
 * uses and which proves possession well enough, and RSASSA-PSS.
 */
export interface RequestSignatureAlgorithm {
  readonly name: string
  readonly key: 'RSA' | 'EC'
  readonly digest: DigestAlgorithm
  /** Padding and salt length in octets for RSASSA-PSS; null otherwise. */
  readonly padding: { readonly padding: number; readonly saltLength: number } | null
}

const ecdsaWithSha1 = encodeDer(derSequence([encodeObjectIdentifier(objectIdentifiers.ecdsaWithSha1)]))

const digests: ReadonlyMap<string, { digest: DigestAlgorithm; octets: number }> = new Map([
  [objectIdentifiers.sha1, { digest: 'sha1', octets: 20 }],
  [objectIdentifiers.sha256, { digest: 'sha256', octets: 32 }],
  [objectIdentifiers.sha384, { digest: 'sha384', octets: 48 }],
  [objectIdentifiers.sha512, { digest: 'sha512', octets: 64 }],
])

/** @throws X509Error unsupported-algorithm */
export function readRequestSignatureAlgorithm(reader: DerReader): RequestSignatureAlgorithm {
  const start = reader.position
  const der = reader.any()
  const algorithm = findSignatureAlgorithm(der)
  if (algorithm !== null) {
    return {
      name: algorithm,
      key: keyOfSignatureAlgorithm(algorithm),
      digest: digestOfSignatureAlgorithm(algorithm),
      padding: null,
    }
  }
  if (equalBytes(der, ecdsaWithSha1)) {
    return { name: 'ecdsa-with-SHA1', key: 'EC', digest: 'sha1', padding: null }
  }
  const pss = decodeDer(der, inner => inner.sequence(readPss))
  if (pss === null) throw reader.error('unsupported-algorithm', 'unsupported signature algorithm', start)
  return pss
}

/** RSASSA-PSS with one digest for both purposes and a salt of its length (RFC 4055 §3.1); null for anything else. */
function readPss(reader: DerReader): RequestSignatureAlgorithm | null {
  const algorithm = reader.objectIdentifier()
  if (algorithm !== objectIdentifiers.rsassaPss) {
    while (!reader.atEnd) reader.any()
    return null
  }
  const { hash, maskHash, saltLength, trailer } = reader.sequence(inner => ({
    hash: inner.optionalExplicit(0, readDigest),
    maskHash: inner.optionalExplicit(1, readMaskGeneration),
    saltLength: inner.optionalExplicit(2, () => inner.smallInteger()) ?? 20,
    trailer: inner.optionalExplicit(3, () => inner.smallInteger()) ?? 1,
  }))
  const digest = digests.get(hash ?? objectIdentifiers.sha1)
  const sameHash = (hash ?? objectIdentifiers.sha1) === (maskHash ?? objectIdentifiers.sha1)
  if (digest === undefined || !sameHash || trailer !== 1 || saltLength !== digest.octets) return null
  return {
    name: `RSASSA-PSS-${digest.digest.toUpperCase()}`,
    key: 'RSA',
    digest: digest.digest,
    padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  }
}

function readMaskGeneration(reader: DerReader): string {
  const start = reader.position
  return reader.sequence(inner => {
    if (inner.objectIdentifier() !== objectIdentifiers.maskGenerationFunction1) {
      throw inner.error('unsupported-algorithm', 'an unknown mask generation function', start)
    }
    return readDigest(inner)
  })
}

/** An AlgorithmIdentifier of a digest; its NULL may be there or not (RFC 4055 §2.1). */
export function readDigest(reader: DerReader): string {
  return reader.sequence(inner => {
    const oid = inner.objectIdentifier()
    if (!inner.atEnd) inner.null()
    return oid
  })
}
