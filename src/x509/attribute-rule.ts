import { objectIdentifiers as oids } from './object-identifier.ts'

/** What RFC 5280 Appendix A and RFC 4519 say of an attribute type's values. */
export interface AttributeRule {
  /** The descriptor that RFC 4514 §3 or the registry of RFC 4520 gives; the first one is written, all are read. */
  readonly descriptors: readonly [string, ...string[]]
  /** In characters. */
  readonly minimum: number
  readonly maximum: number
  readonly string: 'directory' | 'printable' | 'ia5'
}

function rule(
  descriptors: readonly [string, ...string[]],
  maximum: number,
  string: AttributeRule['string'] = 'directory',
  minimum = 1,
): AttributeRule {
  return { descriptors, minimum, maximum, string }
}

/** The rules by dotted attribute type. Types that are not here have no bound and are written as `1.2.3=#…`. */
export const attributeRules: ReadonlyMap<string, AttributeRule> = new Map([
  [oids.commonName, rule(['CN'], 64)],
  [oids.surname, rule(['SN'], 32768)],
  [oids.serialNumber, rule(['serialNumber'], 64, 'printable')],
  [oids.countryName, rule(['C'], 2, 'printable', 2)],
  [oids.localityName, rule(['L'], 128)],
  [oids.stateOrProvinceName, rule(['ST', 'S'], 128)],
  // X.520 ub-street-address; RFC 5280 leaves it out.
  [oids.streetAddress, rule(['STREET'], 128)],
  [oids.organizationName, rule(['O'], 64)],
  [oids.organizationalUnitName, rule(['OU'], 64)],
  [oids.title, rule(['title', 'T'], 64)],
  [oids.givenName, rule(['givenName', 'G', 'GN'], 32768)],
  [oids.initials, rule(['initials', 'I'], 32768)],
  [oids.generationQualifier, rule(['generationQualifier'], 32768)],
  [oids.distinguishedNameQualifier, rule(['dnQualifier'], 64, 'printable')],
  [oids.pseudonym, rule(['pseudonym'], 128)],
  [oids.userId, rule(['UID'], 256)],
  // RFC 1034 §3.1: a label has at most 63 octets.
  [oids.domainComponent, rule(['DC'], 63, 'ia5')],
  [oids.emailAddress, rule(['emailAddress', 'E', 'email'], 255, 'ia5')],
])

/** The attribute types by descriptor in lower case. */
export const attributeTypes: ReadonlyMap<string, string> = new Map(
  [...attributeRules].flatMap(([type, { descriptors }]) =>
    descriptors.map((descriptor): [string, string] => [descriptor.toLowerCase(), type]),
  ),
)
