import { hash } from 'node:crypto'

/** SHA-1 of a certificate's DER as 40 upper-case hexadecimal digits, the identifier that Windows shows. */
export function thumbprint(certificate: Uint8Array): string {
  return hash('sha1', certificate, 'hex').toUpperCase()
}
