import type { SmartCard } from '../card/smart-card.ts'
import type { ApiClient } from './api-client.ts'
import { userPinOption } from './v1/enumerations.ts'
import type { SmartcardConfigurationView } from './v1/profile-templates.ts'
import {
  type CardOfRequest,
  getAuthenticationResponse,
  getDiversifiedKey,
  getServerProposedPin,
} from './v1/smartcards.ts'

/** A card at hand, and the request that it runs with. */
export interface CardAtHand extends CardOfRequest {
  readonly card: SmartCard
}

/**
 * Authenticates the card's administrator with the server's help: the card's challenge goes there, the response comes back.
 *
 * @param diversified whether the card has an admin key of its own, or still the template's default one
 * @throws CardError, ApiError
 */
export async function authenticateAdministrator(
  client: ApiClient,
  atHand: CardAtHand,
  diversified: boolean,
): Promise<void> {
  const challenge = await atHand.card.requestChallenge()
  const response = await getAuthenticationResponse(client, atHand, challenge, diversified)
  await atHand.card.authenticateAdministrator(response)
}

/**
 * Gives a new card the admin key and the PIN that its template wants.
 *
 * @param pin what the user chose; not used where the server makes PINs
 * @returns the PIN that the card has now. A secret.
 * @throws CardError, ApiError
 */
export async function personaliseCard(
  client: ApiClient,
  atHand: CardAtHand,
  configuration: SmartcardConfigurationView,
  pin: string,
): Promise<string> {
  if (configuration.DiversifyAdminKey) {
    const adminKey = await getDiversifiedKey(client, atHand)
    await authenticateAdministrator(client, atHand, false)
    await atHand.card.changeAdminKey(adminKey)
    adminKey.fill(0)
  }
  return await setUserPin(client, atHand, configuration, pin)
}

/**
 * Sets and unblocks the PIN, under the administrator's authentication.
 *
 * @param pin what the user chose; not used where the server makes PINs
 * @returns the PIN that the card has now. A secret.
 * @throws CardError, ApiError
 */
export async function setUserPin(
  client: ApiClient,
  atHand: CardAtHand,
  configuration: SmartcardConfigurationView,
  pin: string,
): Promise<string> {
  const chosen = (await proposedPin(client, atHand, configuration)) ?? pin
  await authenticateAdministrator(client, atHand, configuration.DiversifyAdminKey)
  await atHand.card.setPin(chosen)
  return chosen
}

function proposedPin(
  client: ApiClient,
  atHand: CardAtHand,
  { UserPinOption: option }: SmartcardConfigurationView,
): Promise<string | null> {
  if (option === userPinOption.none || option === userPinOption.userProvided) return Promise.resolve(null)
  return getServerProposedPin(client, atHand, { answerToReset: atHand.card.answerToReset })
}
