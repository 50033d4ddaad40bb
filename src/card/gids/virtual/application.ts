import { encodeDataObject } from '../../apdu/ber-tlv.ts'
import { isEqual } from '../../is-equal.ts'
import { gidsApplication, gidsApplicationVersion2 } from '../gids-identifiers.ts'

/** What SELECT answers with: the application identifier and both ways of authentication (GIDS §7.3, table 12). */
export const applicationTemplate = encodeDataObject(
  0x61,
  encodeDataObject(0x4f, gidsApplicationVersion2),
  encodeDataObject(0x73, encodeDataObject(0x40, Uint8Array.of(0xc0))),
)

/** The application as a file: holder or administrator create (02) and delete (01) what is in it. */
export const applicationControlParameters = encodeDataObject(
  0x62,
  encodeDataObject(0x82, Uint8Array.of(0x38)),
  encodeDataObject(0x8c, Uint8Array.of(0x03, 0x30, 0x30)),
)

/** The policy of PIN use (5F2F) and an empty list of further PINs (7F65). */
export const applicationManagementData = encodeDataObject(
  0x64,
  encodeDataObject(0x5f2f, Uint8Array.of(0x60)),
  encodeDataObject(0x7f65, Uint8Array.of(0x80, 0x00)),
)

/**
 * What EF.ATR says (ISO/IEC 7816-4 §12.1.1 and table 117): selection by name, files of BER-TLV objects, command chaining
 * and extended lengths, with commands and responses of at most 32,000 bytes.
 */
export const applicationCapabilities = Uint8Array.from(
  Buffer.concat([
    encodeDataObject(0x43, Uint8Array.of(0xf4)),
    encodeDataObject(0x47, Uint8Array.of(0x08, 0x01, 0xc0)),
    encodeDataObject(0x46, Buffer.from('Cardinal', 'ascii')),
    encodeDataObject(
      0x7f66,
      encodeDataObject(0x02, Uint8Array.of(0x7d, 0x00)),
      encodeDataObject(0x02, Uint8Array.of(0x7d, 0x00)),
    ),
  ]),
)

/** The application's name, whole or cut off at its right end down to the part without a version (ISO/IEC 7816-4 §11.1.1). */
export function isGidsApplication(name: Uint8Array): boolean {
  if (name.length < gidsApplication.length || name.length > gidsApplicationVersion2.length) return false
  const [, , , , , , , , , major] = name
  return (
    isEqual(name.subarray(0, gidsApplication.length), gidsApplication) &&
    (major === undefined || major === 0x02)
  )
}
