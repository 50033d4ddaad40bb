import { type Static, Type } from 'typebox'
import { nullableString } from '../schemas.ts'
import { base64LinesView } from './base64.ts'
import { pkcs7FlagNumber } from './numbers.ts'

/** Microsoft.Clm.Shared.Certificate: the answer to one certificate request. */
export const certificateResponseSchema = Type.Object(
  {
    TemplateCommonName: Type.String(),
    CertificateId: Type.Integer(),
    Flags: Type.Integer(),
    UseLocalMachineStore: Type.Boolean(),
    Error: nullableString,
    Pkcs7: nullableString,
    Pfx: nullableString,
    IsExternal: Type.Boolean(),
    isServerGenerated: Type.Boolean(),
    isPfx: Type.Boolean(),
    isPkcs7: Type.Boolean(),
    isKeyHistory: Type.Boolean(),
  },
  { title: 'CertificateResponseView' },
)

export function certificateResponseView(issued: {
  readonly certificateTemplate: string
  readonly response: Uint8Array | null
  readonly error: string | null
}): Static<typeof certificateResponseSchema> {
  const { response } = issued
  return {
    TemplateCommonName: issued.certificateTemplate,
    CertificateId: 0,
    Flags: response === null ? 0 : pkcs7FlagNumber,
    UseLocalMachineStore: false,
    Error: issued.error,
    Pkcs7: response === null ? null : base64LinesView(response),
    Pfx: null,
    IsExternal: false,
    isServerGenerated: false,
    isPfx: false,
    isPkcs7: response !== null,
    isKeyHistory: false,
  }
}
