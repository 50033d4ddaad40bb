/** What a card can make a key pair for. */
export type KeyPairAlgorithm =
  | { readonly algorithm: 'RSA'; readonly keySize: 2048 | 3072 | 4096 }
  | { readonly algorithm: 'EC'; readonly curve: 'P-256' | 'P-384' }

export type HashAlgorithm = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

/** A key pair on a card, as much of it as ever leaves the card. */
export interface CardKey {
  /** Names the key on its card, and means nothing elsewhere: a container, a slot, a key reference. */
  readonly keyId: string
  readonly algorithm: KeyPairAlgorithm
  /** SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7). */
  readonly publicKey: Uint8Array
  readonly hasCertificate: boolean
}

export interface PinPresentation {
  /** Says that the PIN may be sent though a wrong one would block it: one try is left. */
  readonly spendsLastTry?: boolean
}

/**
 * One card, in a reader or in software. Commands are carried out one after another, in the order in which they were
 * called. All refusals are `CardError`s; a command that is refused changes nothing but retry counters, challenges
 * and authentications.
 *
 * Two authentications stand side by side: the administrator's (by challenge and response) and the cardholder's (by
 * PIN). A failed attempt at one ends that one; `disconnect` ends both.
 */
export interface SmartCard {
  /** Lower-case hexadecimal digits, ISO/IEC 7816-3 §8.2. */
  readonly answerToReset: string

  /** The GUID in the card's `cardid` file, in canonical lower-case form. Anybody may read it. */
  readCardId(): Promise<string>

  /**
   * A fresh challenge of 8 bytes, good for one response. It replaces any earlier one, and other commands before the
   * response may end it.
   */
  requestChallenge(): Promise<Uint8Array>

  /**
   * Authenticates the administrator by the response to the last challenge.
   *
   * @param response 8 bytes, `authenticationResponse` of the admin key and the challenge
   * @throws CardError 'wrong-response' (counted, `triesLeft` where the card tells it), 'admin-blocked', 'no-challenge'
   *   (not counted)
   */
  authenticateAdministrator(response: Uint8Array): Promise<void>

  /**
   * Needs the administrator, and leaves them authenticated.
   *
   * @param newKey 24 bytes
   * @throws CardError 'security-status-not-satisfied', 'invalid-key'
   */
  changeAdminKey(newKey: Uint8Array): Promise<void>

  /**
   * Sets the PIN, unblocks it, and ends the administrator's authentication. The cardholder must verify the new PIN.
   *
   * @throws CardError 'security-status-not-satisfied', 'invalid-pin'
   */
  setPin(pin: string): Promise<void>

  /**
   * @throws CardError as `verifyPin`, and 'invalid-pin' for a new PIN that the card cannot hold (not counted)
   */
  changePin(currentPin: string, newPin: string, presentation?: PinPresentation): Promise<void>

  /**
   * What speaks to a card through a reader sends no PIN that the card has refused since it was connected
   * ('pin-refused-before'), and sends none on the last try unless told to ('last-pin-try'): neither costs a try.
   *
   * @throws CardError 'wrong-pin' (counted, `triesLeft`), 'pin-blocked', 'pin-not-set', 'pin-refused-before',
   *   'last-pin-try'
   */
  verifyPin(pin: string, presentation?: PinPresentation): Promise<void>

  /**
   * Makes a key pair on the card, whose private key never leaves it. Needs the verified PIN.
   *
   * @throws CardError 'security-status-not-satisfied', 'unsupported-algorithm', 'card-full'
   */
  generateKeyPair(algorithm: KeyPairAlgorithm): Promise<CardKey>

  /**
   * Hashes and signs: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2), or ECDSA as DER (RFC 3279 §2.2.3). Needs the verified PIN.
   *
   * @throws CardError 'security-status-not-satisfied', 'no-such-key', 'unsupported-algorithm'
   */
  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array>

  /**
   * Stores a key's certificate, in place of any earlier one. Needs the verified PIN.
   *
   * @param certificate DER
   * @throws CardError 'security-status-not-satisfied', 'no-such-key', 'invalid-certificate', 'card-full'
   */
  writeCertificate(keyId: string, certificate: Uint8Array): Promise<void>

  /** Anybody may read it. @throws CardError 'no-such-key', 'no-such-certificate' */
  readCertificate(keyId: string): Promise<Uint8Array>

  /** Anybody may list them, in the order of their places on the card: a new key may take the place of a deleted one. */
  listKeys(): Promise<readonly CardKey[]>

  /**
   * Deletes a key and its certificate. Needs the verified PIN or the administrator.
   *
   * @throws CardError 'security-status-not-satisfied', 'no-such-key'
   */
  deleteKey(keyId: string): Promise<void>

  /**
   * Deletes all keys and certificates; PIN, admin key and card id stay. Needs the administrator.
   *
   * @throws CardError 'security-status-not-satisfied'
   */
  erase(): Promise<void>

  /**
   * Resets the card: both authentications and a pending challenge end. Who speaks to a card through a reader connects
   * anew to go on.
   */
  disconnect(): Promise<void>
}
