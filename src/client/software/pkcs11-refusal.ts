import { CardError } from '../../card/card-error.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { printableText } from '../printable-text.ts'

const longestWords = 300

/** What tokens answer where they cannot make a key of some kind (PKCS #11 v2.40 §5.1). */
const unsupportedKeys = [
  'CKR_MECHANISM_INVALID',
  'CKR_MECHANISM_PARAM_INVALID',
  'CKR_KEY_SIZE_RANGE',
  'CKR_DOMAIN_PARAMS_INVALID',
  'CKR_CURVE_NOT_SUPPORTED',
  'CKR_TEMPLATE_INCONSISTENT',
  'CKR_ATTRIBUTE_VALUE_INVALID',
  'CKR_FUNCTION_NOT_SUPPORTED',
]
const wrongPins = ['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE']

/**
 * The error for what a program said on behalf of a token.
 *
 * @param token as people call it
 * @param key what was to be made, where that was asked for
 */
export function pkcs11Refusal(said: string, token: string, key: string | null): CardError | EnrollmentError {
  const [reason = ''] = /CKR_[A-Z_]+/.exec(said) ?? []
  if (wrongPins.includes(reason)) {
    return new CardError('wrong-pin', `The PIN of the token ${token} is wrong, and it is not sent again.`)
  }
  if (reason === 'CKR_PIN_LOCKED') return lockedPin(token)
  if (reason === 'CKR_PIN_EXPIRED') {
    return new CardError('pin-not-set', `The PIN of the token ${token} must be changed first.`)
  }
  if (reason === 'CKR_USER_PIN_NOT_INITIALIZED') return unsetPin(token)
  if (reason === 'CKR_DEVICE_REMOVED' || reason === 'CKR_TOKEN_NOT_PRESENT') {
    return new CardError('card-removed', `The token ${token} was taken out.`)
  }
  if (reason === 'CKR_DEVICE_MEMORY') {
    return unusable(
      `The token ${token} is full. Delete what is not needed any more, and run the command again.`,
    )
  }
  if (key !== null && (unsupportedKeys.includes(reason) || /mechanism.*not supported/i.test(said))) {
    return new EnrollmentError(
      'unsupported-options',
      `The token ${token} makes no key of the kind that the server asks for, ${key}${reason === '' ? '' : ` (${reason})`}. ` +
        'Take another token, or have the certificate template ask for another kind of key.',
    )
  }
  return unusable(`The token ${token} refused (${words(said)}). Look at it with pkcs11-tool.`)
}

export function lockedPin(token: string): CardError {
  return new CardError(
    'pin-blocked',
    `The PIN of the token ${token} is locked. Whoever has its SO PIN can set another.`,
  )
}

export function unsetPin(token: string): CardError {
  return new CardError(
    'pin-not-set',
    `The token ${token} has no PIN yet. Set one with "pkcs11-tool --init-pin --login --login-type so".`,
  )
}

/** The library cannot be loaded, or does not answer. */
export function unusableModule(module: string, said: string): EnrollmentError {
  return unusable(
    `${module} cannot be used as a PKCS#11 module (${words(said)}). ` +
      'Give the library that the maker of the token says, for instance /usr/lib/softhsm/libsofthsm2.so.',
  )
}

function words(said: string): string {
  const lines = said
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && line !== 'Aborting.' && !line.startsWith('Using '))
  return printableText(lines.at(0) ?? 'no reason given', longestWords)
}

function unusable(sentence: string): EnrollmentError {
  return new EnrollmentError('target-unusable', sentence)
}
