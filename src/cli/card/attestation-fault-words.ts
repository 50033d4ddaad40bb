import type { PivAttestationFault } from '../../x509/verify-piv-attestation.ts'

/** In a sentence, behind "The attestation …". */
export const faultWords: Readonly<Record<PivAttestationFault, string>> = {
  'other-key': 'is of another key than the one on the card',
  'not-by-intermediate': 'is not signed by the attestation key whose certificate is on the card',
  'intermediate-certifies-nothing': 'is signed by a key whose certificate allows it to certify nothing',
  'not-trusted': 'goes back to no trusted certificate',
  'not-valid-now': 'or the certificate of who signed it is not valid at this time',
  'unknown-critical-extension':
    'or the certificate of who signed it has a critical extension that is not known here',
}
