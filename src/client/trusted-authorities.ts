import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/**
 * Trusts further certification authorities as TLS servers' issuers, in this whole process, beside those that Node
 * trusts anyway. To be called before the first connection.
 *
 * @param pem one or more certificates
 * @throws Error where the text holds no certificate
 */
export function trustCertificationAuthorities(pem: string): void {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (certificates === null) {
    throw new TypeError('The file of certification authorities holds no certificate in PEM form.')
  }
  setDefaultCACertificates([...getCACertificates('default'), ...certificates])
}
