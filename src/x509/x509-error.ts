/** Every reason for which PKI bytes are refused. */
export type X509ErrorCode =
  | 'der-truncated'
  | 'der-indefinite-length'
  | 'der-non-minimal-length'
  | 'der-unexpected-tag'
  | 'der-trailing-data'
  | 'der-too-deep'
  | 'der-too-large'
  | 'der-invalid-integer'
  | 'der-invalid-boolean'
  | 'der-invalid-null'
  | 'der-invalid-bit-string'
  | 'der-invalid-oid'
  | 'der-invalid-string'
  | 'der-invalid-time'
  | 'der-set-order'
  | 'der-encoded-default'
  | 'invalid-base64'
  | 'invalid-pem'
  | 'invalid-name'
  | 'invalid-general-name'
  | 'invalid-extension'
  | 'invalid-serial-number'
  | 'invalid-key'
  | 'invalid-signature'
  | 'unsupported-algorithm'
  | 'unsupported-key'
  | 'malformed-certificate'
  | 'malformed-crl'
  | 'malformed-ocsp'
  | 'malformed-request'
  | 'malformed-cms'
  | 'malformed-cmc'

/**
 * The one error that this room throws about bytes or values that it was given. The message says what is wrong
 * and at which byte; it never repeats content.
 */
export class X509Error extends Error {
  override readonly name = 'X509Error'
  readonly code: X509ErrorCode

  constructor(code: X509ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
