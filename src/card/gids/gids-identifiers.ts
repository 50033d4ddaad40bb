/**
 * Names of the Generic Identity Device Specification, version 2.0 (Microsoft, 2012), and of the files that Windows'
 * minidriver keeps on such a card.
 */

/** The application identifier without its version (GIDS §7.3). */
export const gidsApplication = bytes('a00000039742544659')
/** Version 2.1 of the application, as its template names it. */
export const gidsApplicationVersion2 = bytes('a000000397425446590201')

/** The application's own file identifier, and that of the answers about it. */
export const applicationFile = 0x3fff

export const pinReference = 0x80
export const adminKeyReference = 0x80
/** A key of reference r lies in the file B000 + r. */
export const firstKeyFile = 0xb000
export const adminKeyFile = firstKeyFile + adminKeyReference
/** Container n has the key of reference 81 + n. */
export const firstContainerKeyReference = 0x81

/** What a file's descriptor byte says (tag 82). */
export const fileDescriptor = { dataObjects: 0x39, key: 0x18 } as const

/** Whom an access rule lets do something, and whom nobody (GIDS §8). */
export const securityCondition = {
  always: 0x00,
  pinHolder: 0x10,
  administrator: 0x20,
  either: 0x30,
  never: 0xff,
} as const

/** Where the minidriver's files lie: a data object in a file whose access conditions fit. */
export const minidriverFile = {
  masterFile: { file: 0xa000, tag: 0xdf1f },
  keyMap: { file: 0xa000, tag: 0xdf20 },
  cardApplications: { file: 0xa010, tag: 0xdf21 },
  cardCache: { file: 0xa010, tag: 0xdf22 },
  containerMap: { file: 0xa010, tag: 0xdf23 },
  cardId: { file: 0xa012, tag: 0xdf20 },
} as const

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
