import { type Static, Type } from 'typebox'
import { type CertificateRecord, certificateStatus } from '../../domain/certificate.ts'
import { numberIn } from '../schemas.ts'
import { validityView } from './dates.ts'
import { certificateStatusNumbers, certificateTypeNumber } from './numbers.ts'

const heldProperties = {
  IsKeyHistory: Type.Boolean(),
  ArchivedOnCa: Type.Boolean(),
  CertificateType: Type.Integer(),
  TemplateCommonName: Type.String(),
  SerialNumber: Type.String(),
  Thumbprint: Type.String(),
}

/** Microsoft.Clm.Shared.Certificates.X509ClmCertificate, as a card or profile lists it. */
export const heldCertificateSchema = Type.Object(heldProperties, { title: 'HeldCertificateView' })

/** The same with more to tell, as a user's certificates are listed. */
export const userCertificateSchema = Type.Object(
  {
    ...heldProperties,
    NotAfter: Type.String(),
    NotBefore: Type.String(),
    Issuer: Type.String(),
    RequesterName: Type.String(),
    Status: numberIn(certificateStatusNumbers),
  },
  { title: 'UserCertificateView' },
)

export function heldCertificateView(record: CertificateRecord): Static<typeof heldCertificateSchema> {
  return {
    IsKeyHistory: false,
    ArchivedOnCa: false,
    CertificateType: certificateTypeNumber,
    TemplateCommonName: record.certificateTemplate,
    SerialNumber: record.serialNumber,
    Thumbprint: record.thumbprint ?? '',
  }
}

export function userCertificateView(
  record: CertificateRecord,
  now: Date,
): Static<typeof userCertificateSchema> {
  return {
    ...heldCertificateView(record),
    NotAfter: validityView(record.notAfter),
    NotBefore: validityView(record.notBefore),
    Issuer: record.issuerName,
    RequesterName: record.requesterName,
    Status: certificateStatusNumbers[certificateStatus(record, now)],
  }
}
