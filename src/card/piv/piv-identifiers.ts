/** The whole application identifier: NIST's provider, PIV, version 1.0 (SP 800-73-4 part 1 §2.2). */
export const applicationIdentifier = Uint8Array.from(Buffer.from('a000000308000010000100', 'hex'))
/** Of the application identifier: the registered provider, NIST. */
export const providerLength = 5
/** Of the application identifier: without the version, as hosts select it. */
export const unversionedLength = 9

/** SP 800-73-4 part 1 table 4b. */
export const reference = { pin: 0x80, puk: 0x81, managementKey: 0x9b } as const

/** SP 800-73-4 part 1 table 3. */
export const dataObject = {
  discovery: 0x7e,
  biometricTemplates: 0x7f61,
  cardAuthenticationCertificate: 0x5fc101,
  cardHolderUniqueIdentifier: 0x5fc102,
  fingerprints: 0x5fc103,
  securityObject: 0x5fc106,
  cardCapabilityContainer: 0x5fc107,
  facialImage: 0x5fc108,
  printedInformation: 0x5fc109,
  keyHistory: 0x5fc10c,
  irisImages: 0x5fc121,
  pairingCode: 0x5fc123,
} as const

/** Instructions of the standard (SP 800-73-4 part 2 §3). */
export const instruction = {
  verify: 0x20,
  changeReferenceData: 0x24,
  resetRetryCounter: 0x2c,
  generateAsymmetricKeyPair: 0x47,
  generalAuthenticate: 0x87,
  select: 0xa4,
  getData: 0xcb,
  putData: 0xdb,
} as const

/** Yubico's own, which other makers have taken over (Yubico, "PIV Tool and applet: Yubico extensions"). */
export const extension = {
  moveKey: 0xf6,
  getMetadata: 0xf7,
  getSerial: 0xf8,
  attest: 0xf9,
  setPinRetries: 0xfa,
  reset: 0xfb,
  getVersion: 0xfd,
  importAsymmetricKey: 0xfe,
  setManagementKey: 0xff,
} as const

/** Tags of metadata (Yubico, "PIV metadata"). */
export const metadata = {
  algorithm: 0x01,
  policy: 0x02,
  origin: 0x03,
  publicKey: 0x04,
  isDefault: 0x05,
  tries: 0x06,
} as const

/** In metadata in place of an algorithm, where there is no key. */
export const noAlgorithm = 0xff

/** What metadata say of where a key comes from (Yubico, "PIV metadata"). */
export const keyOrigin = { generated: 1, imported: 2 } as const

/** A PIN or PUK on the wire (SP 800-73-4 part 2 §2.4.3). */
export const pinLength = { minimum: 6, maximum: 8 } as const
export const pinPadding = 0xff
