/**
 * The file is no card file, is damaged, or does not open with what was given; which of the last two is not told apart where
 * a passphrase or key was. Of a card that a TPM sealed, also what kept the TPM from opening it.
 */
export class CardFileError extends Error {
  override readonly name = 'CardFileError'
}
