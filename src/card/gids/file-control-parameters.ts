import { encodeDataObject, findValue, readDataObjects, readTemplate, requireByte } from '../apdu/ber-tlv.ts'
import { fileDescriptor, firstKeyFile } from './gids-identifiers.ts'
import { tripleDesMechanism } from './key-mechanism.ts'

/** What a key may do: the tag of a control reference template and a mechanism identifier. */
export interface KeyUsage {
  /** A4 authentication, B6 digital signature, B8 confidentiality (ISO/IEC 7816-4 §10.3.2). */
  readonly template: number
  readonly mechanism: number
}

const keyTemplates: ReadonlySet<number> = new Set([0xa4, 0xb6, 0xb8])

/**
 * The uses in a key file's control reference templates (tag A5). The key reference in them is not looked at: OpenSC
 * writes 83 for every signature key.
 *
 * @throws CardError 'invalid-tlv'
 */
export function keyUsages(controlParameters: Uint8Array): KeyUsage[] {
  const templates = findValue(readTemplate(controlParameters, 0x62), 0xa5)
  if (templates === undefined) return []
  return readDataObjects(templates)
    .filter(({ tag }) => keyTemplates.has(tag))
    .map(({ tag, value }) => ({ template: tag, mechanism: requireByte(readDataObjects(value), 0x80) }))
}

/** The FCP template of a file of data objects with these conditions for reading and writing. */
export function dataFileControlParameters(identifier: number, get: number, put: number): Uint8Array {
  return encodeDataObject(
    0x62,
    encodeDataObject(0x82, Uint8Array.of(fileDescriptor.dataObjects)),
    encodeDataObject(0x83, Uint8Array.of(identifier >> 8, identifier & 0xff)),
    encodeDataObject(0x8c, Uint8Array.of(0x03, put, get)),
  )
}

/**
 * The FCP template of a key file.
 *
 * @param accessRule the value of tag 8C
 */
export function keyFileControlParameters(
  keyReference: number,
  accessRule: Uint8Array,
  usages: readonly KeyUsage[],
): Uint8Array {
  const templates = usages.map(({ template, mechanism }) =>
    encodeDataObject(
      template,
      encodeDataObject(0x80, Uint8Array.of(mechanism)),
      encodeDataObject(0x83, Uint8Array.of(keyReference)),
      encodeDataObject(0x95, Uint8Array.of(mechanism === tripleDesMechanism ? 0xc0 : 0x40)),
    ),
  )
  return encodeDataObject(
    0x62,
    encodeDataObject(0x82, Uint8Array.of(fileDescriptor.key)),
    encodeDataObject(0x83, Uint8Array.of(firstKeyFile >> 8, keyReference)),
    encodeDataObject(0x8c, accessRule),
    encodeDataObject(0xa5, ...templates),
  )
}
