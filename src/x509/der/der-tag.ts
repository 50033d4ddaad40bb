/** Identifier octets of the universal types (X.680 §8.4), with the constructed bit where DER sets it. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** The string types of directory names: DirectoryString (RFC 5280 §4.1.2.4), and IA5String for some attributes. */
export const directoryStringTags: readonly number[] = [
  derTag.printableString,
  derTag.utf8String,
  derTag.ia5String,
  derTag.teletexString,
  derTag.bmpString,
]

/** The identifier octet of a context-specific primitive tag, as IMPLICIT tagging of a primitive type gives. */
export function contextPrimitive(number: number): number {
  return 0x80 | number
}

/** The identifier octet of a context-specific constructed tag, as EXPLICIT tagging gives. */
export function contextConstructed(number: number): number {
  return 0xa0 | number
}
