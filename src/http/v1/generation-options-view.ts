import { type Static, Type } from 'typebox'
import type { KeyOptions } from '../../domain/certificate-template.ts'
import { numberIn } from '../schemas.ts'
import { sumFlags } from './enumeration.ts'
import { keyAlgorithmName, keyProtectionNumbers, keyUsageNumbers } from './numbers.ts'

/** Microsoft.Clm.Shared.CertificateRequestGenerationOptions: how the client makes one key and its request. */
export const generationOptionsSchema = Type.Object(
  {
    Subject: Type.String(),
    KeyAlgorithmName: Type.String(),
    KeySize: Type.Integer(),
    FriendlyName: Type.String(),
    HashAlgorithmName: Type.String(),
    KeyStorageProviderNames: Type.Array(Type.String()),
    Exportable: Type.Integer(),
    KeyProtectionLevel: numberIn(keyProtectionNumbers),
    KeyUsages: Type.Integer(),
  },
  { title: 'GenerationOptionsView' },
)

/** The subject is empty: the server, and not the client, says whom a certificate names. */
export function generationOptionsView(key: KeyOptions): Static<typeof generationOptionsSchema> {
  return {
    Subject: '',
    KeyAlgorithmName: keyAlgorithmName(key),
    KeySize: key.keySize,
    FriendlyName: key.friendlyName,
    HashAlgorithmName: key.hashAlgorithm,
    KeyStorageProviderNames: [...key.keyStorageProviders],
    Exportable: key.exportable ? 1 : 0,
    KeyProtectionLevel: keyProtectionNumbers[key.protection],
    KeyUsages: sumFlags(key.usages, keyUsageNumbers),
  }
}
