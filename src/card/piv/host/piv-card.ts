import type { ManagementKeyType } from '../../secrets/management-key.ts'
import type { CardKey, KeyPairAlgorithm, PinPresentation, SmartCard } from '../../smart-card.ts'

export interface PivCardOptions {
  /** So many unpredictable bytes, such as `randomBytes` of node:crypto. */
  readonly randomBytes: (length: number) => Uint8Array
  /** For a card that does not tell the type of its management key. By default the card is asked for each in turn. */
  readonly managementKeyType?: ManagementKeyType
}

/**
 * A PIV card in a reader. It is a smart card with these differences, which lie in the standard (SP 800-73-4):
 *
 * - the administrator, who holds the management key, makes keys, writes certificates and deletes both; the PIN alone allows
 *   none of these, it allows signing;
 * - challenges and responses have 8 bytes with a management key of triple DES, 16 with one of AES;
 * - nobody sets a PIN without the present one or the PUK, so that there is no `setPin`;
 * - a key's id is its slot: 9a, 9c, 9d, 9e, 82 … 95. 9c wants the PIN verified right before each signature.
 *
 * Its card id is the card's serial number as a GUID, or where the card has none, the GUID of its card holder unique
 * identifier.
 */
export interface PivCard extends Omit<SmartCard, 'setPin' | 'erase'> {
  /** The number that is printed on a YubiKey; nothing where the card has none. */
  readSerialNumber(): Promise<number | undefined>

  /** What the server must know to make keys and responses for this card. Anybody may ask. */
  readManagementKeyType(): Promise<ManagementKeyType>

  /**
   * Authenticates the administrator to the card and the card to us.
   *
   * @param key as long as the card's type of key wants it
   * @throws CardError 'wrong-response', 'admin-blocked', 'card-not-genuine', 'invalid-key'
   */
  authenticateMutually(key: Uint8Array): Promise<void>

  /**
   * Needs the administrator. `changeAdminKey` does the same and keeps the type.
   *
   * @throws CardError 'security-status-not-satisfied', 'invalid-key', 'command-not-supported' where the card has no
   *   command for it
   */
  setManagementKey(type: ManagementKeyType, key: Uint8Array): Promise<void>

  /**
   * Gives a new card its card holder unique identifier and card capability container; what is there stays. Needs the
   * administrator.
   *
   * @returns the card id
   * @throws CardError 'security-status-not-satisfied', 'card-full'
   */
  initialize(): Promise<string>

  /**
   * Needs the administrator.
   *
   * @param keyId the slot, whose key it replaces; by default the first free one of 9a, 9d and the retired ones
   * @param kept where it is given, keys without a certificate count as left over, and their slots as free, but for these
   * @throws CardError 'no-such-key' for an unknown slot, and as any smart card
   */
  generateKeyPair(algorithm: KeyPairAlgorithm, keyId?: string, kept?: readonly string[]): Promise<CardKey>

  /**
   * Deletes a key and its certificate. Where the card has no command for it, a new key takes the place of the private one,
   * which is as good. Needs the administrator.
   *
   * @throws CardError 'security-status-not-satisfied', 'no-such-key'; 'command-not-supported' where the certificate is gone and
   *   the card does neither
   */
  deleteKey(keyId: string): Promise<void>

  /**
   * Deletes all keys and certificates, each as `deleteKey`; PIN, management key and card id stay. Needs the administrator.
   *
   * @returns the ids of keys whose private part stayed, as the card neither deletes nor replaces them; none as a rule
   * @throws CardError 'security-status-not-satisfied'
   */
  erase(): Promise<readonly string[]>

  /**
   * Writes the certificate of a new key, and moves both to the slot of the key that they renew, which goes with its
   * certificate into a retired slot. Where the card cannot move keys (before firmware 5.7 of YubiKeys), or has no retired
   * slot left, the new key stays where it is. Needs the administrator. Done again, it goes on where it was interrupted.
   *
   * @param keyId the slot in which the key was made
   * @param certificate DER
   * @throws CardError 'no-such-key', 'invalid-certificate', 'security-status-not-satisfied', 'card-full'
   */
  renewKey(keyId: string, certificate: Uint8Array, place: '9a' | '9d'): Promise<void>

  /**
   * The card's certificate of a key, by its attestation key: that the key was generated on the card, and when it wants
   * PIN or touch. Anybody may ask. What that is worth depends on who has certified the attestation key.
   *
   * @returns DER of a certificate whose key is the one in this slot
   * @throws CardError 'no-such-key', 'not-attested' for a key that was imported or a card without an attestation key,
   *   'command-not-supported' where the card attests nothing, 'unexpected-answer'
   */
  attestKey(keyId: string): Promise<Uint8Array>

  /**
   * The certificate of the attestation key, which its maker or a company has written.
   *
   * @returns DER
   * @throws CardError 'no-such-certificate', 'unexpected-answer'
   */
  readAttestationCertificate(): Promise<Uint8Array>

  /** Costs no try. Nothing where the card does not say. */
  readPinTries(): Promise<number | undefined>

  /** Costs no try. Nothing where the card does not say. */
  readPukTries(): Promise<number | undefined>

  /** Whether the PUK is the one that the card's maker gave it. Costs no try. Nothing where the card does not say. */
  readIsFactoryPuk(): Promise<boolean | undefined>

  /**
   * @throws CardError 'wrong-puk' (counted), 'puk-blocked', 'pin-refused-before', 'last-pin-try', 'invalid-pin'
   */
  changePuk(currentPuk: string, newPuk: string, presentation?: PinPresentation): Promise<void>

  /**
   * Sets the PIN by the PUK, blocked or not.
   *
   * @throws CardError as `changePuk`
   */
  unblockPin(puk: string, newPin: string, presentation?: PinPresentation): Promise<void>

  /**
   * Makes the card what its maker delivered: blocks PIN and PUK by wrong ones and resets it, which needs no secret. All
   * keys, certificates and secrets are gone.
   *
   * @throws CardError 'command-not-supported' where the card cannot; it is left as it is
   */
  reset(): Promise<void>
}
