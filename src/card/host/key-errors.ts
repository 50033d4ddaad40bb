import { CardError } from '../card-error.ts'

export function noSuchKey(): CardError {
  return new CardError('no-such-key', 'The card holds no key of this id. List its keys.')
}

export function noSuchCertificate(): CardError {
  return new CardError('no-such-certificate', 'This key has no certificate yet. Write one first.')
}

/** @param why as the end of "The certificate on the card is damaged: …" */
export function damagedCertificate(why: string): CardError {
  return new CardError(
    'unexpected-answer',
    `The certificate on the card is damaged: ${why}. Write the certificate again, or delete its key.`,
  )
}
