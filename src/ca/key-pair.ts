import { generateKeyPair as generateWithCallback, type KeyPairKeyObjectResult } from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateWithCallback)

/** What keys a certification authority may have. */
export const keyAlgorithms = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384'] as const
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

/** A new key pair. Computed off the event loop: RSA-4096 takes seconds. */
export async function generateKeyPair(algorithm: KeyAlgorithm): Promise<KeyPairKeyObjectResult> {
  switch (algorithm) {
    case 'RSA-2048':
      return generate('rsa', { modulusLength: 2048 })
    case 'RSA-3072':
      return generate('rsa', { modulusLength: 3072 })
    case 'RSA-4096':
      return generate('rsa', { modulusLength: 4096 })
    case 'EC-P256':
      return generate('ec', { namedCurve: 'P-256' })
    case 'EC-P384':
      return generate('ec', { namedCurve: 'P-384' })
  }
}
