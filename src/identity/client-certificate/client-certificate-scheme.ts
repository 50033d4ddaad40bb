import { hash } from 'node:crypto'
import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { ClientCertificate } from '../../workflows/ports/authenticator.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import { type Certificate, decodeCertificate } from '../../x509/certificate.ts'
import { type DistinguishedName, formatName } from '../../x509/names/distinguished-name.ts'
import { X509Error } from '../../x509/x509-error.ts'
import type { ClientCertificateScheme } from '../authentication-scheme.ts'
import { LeastRecentlyUsedMap } from '../least-recently-used-map.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import { isValidAt } from './certificate-facts.ts'
import { type CertificateMappingOptions, createCertificateMapping } from './certificate-mapping.ts'
import { findCertificationPath } from './certification-path.ts'
import { refusalOfChainFault } from './chain-fault.ts'
import { createIssuedCertificates, type IssuedCertificatesOptions } from './issued-certificates.ts'
import { createRememberedAnswers } from './remembered-answers.ts'
import { createRevocationCheck, type RevocationCheckOptions } from './revocation-check.ts'
import { after, earliest } from './revocation-status.ts'

export interface ClientCertificateSchemeOptions extends IssuedCertificatesOptions {
  readonly directory: IssuedCertificatesOptions['directory'] & CertificateMappingOptions['directory']
  readonly clock: Clock
  /** Other authorities whose certificates sign in. */
  readonly authorities: readonly Certificate[]
  readonly mapping: Pick<CertificateMappingOptions, 'kinds' | 'thumbprints'>
  readonly revocation: Omit<RevocationCheckOptions, 'clock'>
}

/** A path that was found good is taken for good this long. */
const verificationMilliseconds = 60_000
const capacity = 10_000

/**
 * Signs in by the certificate of the TLS connection, by which the client has proved that it holds the key. Certificates
 * that Cardinal issued belong to the user in its books. Those of other authorities are mapped by what they carry, once
 * it is known that nobody on their path was revoked.
 */
export function createClientCertificateScheme(
  options: ClientCertificateSchemeOptions,
): ClientCertificateScheme {
  const { clock, directory, authorities } = options
  const decoded = new LeastRecentlyUsedMap<Certificate>(capacity)
  const verified = createRememberedAnswers<true>({ clock, capacity })
  const checkRevocation = createRevocationCheck({ ...options.revocation, clock })
  const findIssuedUser = createIssuedCertificates(options)
  const findMappedUser = createCertificateMapping({ ...options.mapping, directory })

  function decode(der: Uint8Array, thumbprint: string): Certificate {
    const known = decoded.get(thumbprint)
    if (known !== undefined) return known
    const certificate = decodeCertificate(der)
    decoded.set(thumbprint, certificate)
    return certificate
  }

  async function verify(certificate: Certificate) {
    const path = findCertificationPath(certificate, authorities, clock.now())
    if (path === null) {
      throw new SignInRefusal(
        'unlisted-issuer',
        `The client certificate leads to a trusted authority, but was issued by “${shortName(certificate.issuerName)}”. Add this one to clientCertificate.authoritiesFile too.`,
      )
    }
    const holdsUntil = await checkRevocation(path)
    const ends = path.map(({ notAfter }) => notAfter)
    return {
      value: true as const,
      until: earliest(after(clock.now(), verificationMilliseconds), holdsUntil, ...ends),
    }
  }

  async function findUser({ der, fault }: ClientCertificate): Promise<DirectoryUser> {
    if (fault !== null) throw refusalOfChainFault(fault)
    const thumbprint = hash('sha256', der, 'hex')
    const certificate = decode(der, thumbprint)
    requireValidity(certificate, clock.now())
    const issuedTo = await findIssuedUser(certificate)
    if (issuedTo !== null) return issuedTo
    await verified(thumbprint, () => verify(certificate))
    return await findMappedUser(certificate, thumbprint)
  }

  return {
    async identify(clientCertificate) {
      try {
        const user = await findUser(clientCertificate)
        if (!user.enabled)
          throw new SignInRefusal('disabled-account', `The account of ${user.uuid} is disabled.`)
        return { user, scheme: 'client-certificate' }
      } catch (error) {
        if (!(error instanceof X509Error)) throw error
        throw new SignInRefusal(
          'unreadable-certificate',
          `The client certificate cannot be read: ${error.message} (${error.code}).`,
          error,
        )
      }
    },
  }
}

/** A session may be resumed after the certificate by which it began has expired. */
function requireValidity(certificate: Certificate, now: Date): void {
  if (isValidAt(certificate, now)) return
  throw now < certificate.notBefore
    ? refusalOfChainFault('CERT_NOT_YET_VALID')
    : refusalOfChainFault('CERT_HAS_EXPIRED')
}

function shortName(name: DistinguishedName): string {
  return formatName(name).slice(0, 200)
}
