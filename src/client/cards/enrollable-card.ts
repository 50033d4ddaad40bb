import type { CardKey, HashAlgorithm, KeyPairAlgorithm, PinPresentation } from '../../card/smart-card.ts'
import type { AdminKeyType } from '../../domain/admin-key-type.ts'

/**
 * What enrollment needs of a card, of whatever kind. Refusals are `CardError`s.
 *
 * Two authentications stand side by side, the administrator's and the cardholder's; `setPin` ends both.
 */
export interface EnrollableCard {
  /** For people. */
  readonly kind: 'GIDS card' | 'PIV card'
  /** Lower-case hexadecimal digits. */
  readonly answerToReset: string
  /** Whether making keys and writing certificates is the administrator's, and not the cardholder's. */
  readonly keysNeedAdministrator: boolean
  /** How a forgotten PIN is replaced: by the administrator, or by a PIN unblocking key (PUK) whoever holds it. */
  readonly pinIsSetBy: 'administrator' | 'unblocking-key'

  /** What the administrator authenticates with. */
  readAdminKeyType(): Promise<AdminKeyType>

  /** The GUID that names this card; null where nobody has given it one yet. */
  readCardId(): Promise<string | null>

  /**
   * Makes a blank card one with an id, under an admin key that its template's new cards have. What was interrupted is begun
   * again.
   *
   * @param adminKey as long as the card's type wants it
   * @returns its id
   * @throws CardError 'already-initialized'
   */
  furnish(adminKey: Uint8Array): Promise<string>

  requestChallenge(): Promise<Uint8Array>

  /** @throws CardError 'wrong-response' (counted), 'admin-blocked' */
  authenticateAdministrator(response: Uint8Array): Promise<void>

  /** Needs the administrator, and leaves them authenticated. */
  changeAdminKey(newKey: Uint8Array): Promise<void>

  /** Writes whatever else programs expect to find on a card in use. Needs the administrator; does nothing twice. */
  complete(): Promise<void>

  /**
   * Sets and unblocks the PIN, under what `pinIsSetBy` says.
   *
   * @param unblockingKey the card's present PUK; of no meaning where the administrator sets the PIN
   * @throws CardError 'invalid-pin', 'wrong-puk' (counted), 'puk-blocked'
   */
  setPin(pin: string, unblockingKey: string): Promise<void>

  /** Whether its PUK is its maker's; null where the card does not say. Costs no try. */
  hasFactoryUnblockingKey(): Promise<boolean | null>

  /** Wrong PUKs that it still takes; null where the card does not say, or has none. Costs no try. */
  readUnblockingKeyTries(): Promise<number | null>

  /** @throws CardError 'wrong-puk' (counted), 'puk-blocked', 'command-not-supported' where the card has no PUK */
  changeUnblockingKey(current: string, next: string): Promise<void>

  /** @throws CardError 'wrong-pin' (counted), 'pin-blocked', 'pin-not-set', 'pin-refused-before', 'last-pin-try' */
  verifyPin(pin: string, presentation?: PinPresentation): Promise<void>

  /** Wrong PINs that it still takes; null where the card does not say. Costs no try. */
  readPinTries(): Promise<number | null>

  listKeys(): Promise<readonly CardKey[]>

  /**
   * In a place that is free. Where programs look into certain places, one with a key without a certificate counts as free.
   *
   * @param kept the ids of keys that stay in any case
   */
  generateKeyPair(algorithm: KeyPairAlgorithm, kept: readonly string[]): Promise<CardKey>
  sign(keyId: string, hash: HashAlgorithm, data: Uint8Array): Promise<Uint8Array>

  /** @param certificate DER */
  writeCertificate(keyId: string, certificate: Uint8Array): Promise<void>

  /**
   * Writes the certificate of a key that renews another, and gives it that one's place where the kind of card has such
   * places and the card can; the renewed key stays on it. Done again, it goes on.
   *
   * @param certificate DER
   * @param index which of the keys of its template it is
   */
  installRenewed(keyId: string, certificate: Uint8Array, index: number): Promise<void>

  /** Needs the administrator. */
  deleteKey(keyId: string): Promise<void>

  /**
   * Deletes all keys and certificates; id, PIN and admin key stay. Needs the administrator.
   *
   * @returns the ids of keys whose private part stayed, as the card has no way to remove them; none as a rule
   */
  erase(): Promise<readonly string[]>

  /** Resets the card and lets go of it. Never fails. */
  disconnect(): Promise<void>
}
