import type { MasterKey } from '../../card/secrets/diversified-admin-key.ts'

export interface CardMasterKeys {
  current(): MasterKey
  /** Throws where the version is unknown. */
  version(version: number): MasterKey
}

/** Encrypts what must lie secret at rest. `purpose` is bound to the ciphertext and must be the same for both. */
export interface Vault {
  seal(purpose: string, secret: Uint8Array): Uint8Array
  open(purpose: string, sealed: Uint8Array): Uint8Array
}
