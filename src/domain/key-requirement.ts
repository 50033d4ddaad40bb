import type { KeyOptions } from './certificate-template.ts'

/** What a certification request shows of its key, after its signature was checked. */
export interface PresentedKey {
  readonly algorithm: 'RSA' | 'EC'
  /** Bits. */
  readonly keySize: number
  /** null where nothing is known against the key. */
  readonly weakness: string | null
}

/** Why a key breaks the generation options; null where it keeps them. */
export function findKeyFault(
  options: Pick<KeyOptions, 'algorithm' | 'keySize'>,
  key: PresentedKey,
): string | null {
  if (key.algorithm !== options.algorithm) {
    return `The key is ${key.algorithm}; the certificate template asks for ${options.algorithm}.`
  }
  const fits = options.algorithm === 'EC' ? key.keySize === options.keySize : key.keySize >= options.keySize
  if (!fits) {
    return `The key has ${key.keySize} bits; the certificate template asks for ${options.keySize}.`
  }
  if (key.algorithm === 'RSA' && key.keySize > largestRsaKey) {
    return `The key has ${key.keySize} bits; more than ${largestRsaKey} are not taken.`
  }
  return key.weakness === null ? null : `The key is weak: ${key.weakness}.`
}

/** Verifying larger keys costs the server more than they are worth to the client. */
export const largestRsaKey = 8192
