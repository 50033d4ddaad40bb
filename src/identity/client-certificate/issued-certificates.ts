import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Directory } from '../../workflows/ports/directory.ts'
import type { Reader } from '../../workflows/ports/store.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'

export interface IssuedCertificatesOptions {
  /** The authority that issues to users. */
  readonly authority: { readonly uuid: string; readonly certificate: Certificate }
  readonly reader: Pick<Reader, 'findCertificateBySerialNumber' | 'findProfile' | 'findSmartcard'>
  readonly directory: Pick<Directory, 'findUser'>
}

/**
 * Finds the user on whose behalf Cardinal issued a certificate. The books are asked on every call, so that a
 * revocation, a suspension or the end of a card counts from that moment on.
 *
 * @returns the finder; it answers null for a certificate of another issuer
 * @throws (the finder) SignInRefusal unknown-certificate, revoked-certificate, certificate-on-hold, inactive-profile,
 *   inactive-smartcard, unknown-user; what store and directory throw
 */
export function createIssuedCertificates({
  authority,
  reader,
  directory,
}: IssuedCertificatesOptions): (certificate: Certificate) => Promise<DirectoryUser | null> {
  return async certificate => {
    if (!equalBytes(certificate.issuer, authority.certificate.subject)) return null
    const record = await reader.findCertificateBySerialNumber(authority.uuid, certificate.serialNumberHex)
    if (record?.certificate == null || !equalBytes(record.certificate, certificate.der)) {
      throw new SignInRefusal(
        'unknown-certificate',
        'The client certificate names our certification authority, and is not in its books.',
      )
    }
    if (record.state === 'on-hold') {
      throw new SignInRefusal('certificate-on-hold', `The certificate ${record.uuid} is on hold.`)
    }
    if (record.state !== 'issued') {
      throw new SignInRefusal('revoked-certificate', `The certificate ${record.uuid} is revoked.`)
    }
    await requireActiveAssignment(record.profileUuid)
    const user = await directory.findUser(record.ownerUuid)
    if (user !== null) return user
    throw new SignInRefusal(
      'unknown-user',
      `The directory does not know the user ${record.ownerUuid} of the certificate ${record.uuid}.`,
    )
  }

  async function requireActiveAssignment(profileUuid: string): Promise<void> {
    const profile = await reader.findProfile(profileUuid)
    if (profile?.status !== 'active') {
      throw new SignInRefusal(
        'inactive-profile',
        `The profile ${profileUuid} of the certificate is not active.`,
      )
    }
    if (profile.smartcardUuid === null) return
    const smartcard = await reader.findSmartcard(profile.smartcardUuid)
    if (smartcard?.status !== 'active') {
      throw new SignInRefusal(
        'inactive-smartcard',
        `The smart card ${profile.smartcardUuid} of the certificate is not active.`,
      )
    }
  }
}
