/** A key that nothing but the sealer opens which closed it. It is no secret. */
export interface SealedKey {
  /** Which sealer that was: of a TPM the name of its storage key (TPM 2.0 Library, Part 1, §16), 34 bytes. */
  readonly sealerName: Uint8Array
  /** TPM2B_PUBLIC (Part 2, §12.2.5) */
  readonly publicPart: Uint8Array
  /** TPM2B_PRIVATE (Part 2, §12.3.7) */
  readonly privatePart: Uint8Array
}

/** Closes keys of 32 bytes for this machine alone, such as its TPM does. */
export interface KeySealer {
  /** @throws CardFileError, which names the file that the key is for */
  seal(key: Uint8Array, file: string): Promise<SealedKey>
  /** @throws CardFileError */
  unseal(sealed: SealedKey, file: string): Promise<Uint8Array>
}
