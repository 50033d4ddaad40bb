export interface CertificationAuthorityRecord {
  readonly uuid: string
  readonly kind: 'root' | 'issuing'
  readonly name: string
  readonly certificate: Uint8Array
  /** PKCS#8, sealed. */
  readonly sealedPrivateKey: Uint8Array
}

export interface CardMasterKeyRecord {
  readonly version: number
  readonly sealedSecret: Uint8Array
}
