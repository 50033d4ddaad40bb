import type { SmartCard } from '../card/smart-card.ts'
import type { ApiClient } from './api-client.ts'
import { authenticateAdministrator, setUserPin } from './card-administrator.ts'
import {
  type CardEnrollment,
  fillNewCard,
  fillSameCard,
  type NewCardOptions,
  readSmartcardConfiguration,
  type UsersCard,
} from './card-enrollment.ts'
import type { ClientDescription } from './certification-request.ts'
import { readExecutableRequest } from './executable-request.ts'
import { fillSoftwareProfile, type SoftwareEnrollment } from './software-enrollment.ts'
import { getPolicy } from './v1/profile-templates.ts'
import { createRequest, type RequestView, setRequestStatus } from './v1/requests.ts'
import { setSmartcardStatus } from './v1/smartcards.ts'

/*
 * Each function makes a request about an existing card or profile and carries it out to its completion.
 * All throw ApiError, CardError, and EnrollmentError such as approval-pending.
 */

/** How a request is begun, or which one is gone on with once it is approved. */
export interface OperationOptions {
  readonly answers?: Readonly<Record<string, string>>
  readonly comment?: string
  readonly requestUuid?: string
}

/** New certificates on the card that the user has. @param smartcardUuid the present assignment; the answer names the new one */
export async function renewSmartcard(
  client: ApiClient,
  smartcardUuid: string,
  usersCard: UsersCard,
  description: ClientDescription,
  options: OperationOptions = {},
): Promise<CardEnrollment> {
  const requestUuid = await begin(client, 'Renew', { smartcard: smartcardUuid }, options)
  return await fillSameCard(client, requestUuid, usersCard, description)
}

/** A new card in place of one that runs out (Renew), or that was lost or damaged (Recover). */
export async function replaceSmartcard(
  client: ApiClient,
  type: 'Renew' | 'Recover',
  smartcardUuid: string,
  newCard: NewCardOptions,
  options: OperationOptions = {},
): Promise<CardEnrollment> {
  return await fillNewCard(client, await begin(client, type, { smartcard: smartcardUuid }, options), newCard)
}

/**
 * Sets a new PIN on a card whose PIN is forgotten or blocked.
 *
 * @param newPin what the user chose; not used where the server makes PINs
 * @returns the request and the PIN that the card has now. A secret.
 */
export async function unblockSmartcard(
  client: ApiClient,
  smartcardUuid: string,
  card: SmartCard,
  newPin: string,
  options: OperationOptions = {},
): Promise<{ readonly request: RequestView; readonly pin: string }> {
  const requestUuid = await begin(client, 'Unblock', { smartcard: smartcardUuid }, options)
  const { ProfileTemplateUuid } = await readExecutableRequest(client, requestUuid)
  const configuration = await readSmartcardConfiguration(client, ProfileTemplateUuid)
  const atHand = { requestUuid, smartcardUuid, cardId: await card.readCardId(), card }
  const pin = await setUserPin(client, atHand, configuration, newPin)
  return { request: await setRequestStatus(client, requestUuid, 'Completed'), pin }
}

/**
 * Ends the use of a card; its certificates are revoked as the policy says.
 *
 * @param card erased where the policy says so; null where it is not at hand
 */
export async function retireSmartcard(
  client: ApiClient,
  smartcardUuid: string,
  card: SmartCard | null,
  options: OperationOptions = {},
): Promise<RequestView> {
  const requestUuid = await begin(client, 'Retire', { smartcard: smartcardUuid }, options)
  const { ProfileTemplateUuid } = await readExecutableRequest(client, requestUuid)
  if (card !== null) await eraseIfWanted(client, { requestUuid, smartcardUuid, card }, ProfileTemplateUuid)
  await setSmartcardStatus(client, { requestUuid, smartcardUuid }, 'Retired')
  return await setRequestStatus(client, requestUuid, 'Completed')
}

async function eraseIfWanted(
  client: ApiClient,
  target: { readonly requestUuid: string; readonly smartcardUuid: string; readonly card: SmartCard },
  profileTemplateUuid: string,
): Promise<void> {
  const policy = await getPolicy(client, profileTemplateUuid, 'retire')
  if (policy?.EraseCard !== true) return
  const { DiversifyAdminKey } = await readSmartcardConfiguration(client, profileTemplateUuid)
  const atHand = { ...target, cardId: await target.card.readCardId() }
  await authenticateAdministrator(client, atHand, DiversifyAdminKey)
  await target.card.erase()
  await target.card.disconnect()
}

/** Revokes all certificates of a card or software profile. */
export async function revoke(
  client: ApiClient,
  subject: { readonly smartcard: string } | { readonly profile: string },
  options: OperationOptions = {},
): Promise<RequestView> {
  return await completeAtOnce(client, 'Revoke', subject, options)
}

/** Ends the use of a software profile. */
export async function retireProfile(
  client: ApiClient,
  profileUuid: string,
  options: OperationOptions = {},
): Promise<RequestView> {
  return await completeAtOnce(client, 'Retire', { profile: profileUuid }, options)
}

/** New certificates with new keys for a software profile; the answer names the new profile. */
export async function reissueProfile(
  client: ApiClient,
  type: 'Renew' | 'Recover',
  profileUuid: string,
  description: ClientDescription,
  options: OperationOptions = {},
): Promise<SoftwareEnrollment> {
  const requestUuid = await begin(client, type, { profile: profileUuid }, options)
  return await fillSoftwareProfile(client, requestUuid, description)
}

async function completeAtOnce(
  client: ApiClient,
  type: 'Retire' | 'Revoke',
  subject: { readonly smartcard: string } | { readonly profile: string },
  options: OperationOptions,
): Promise<RequestView> {
  const requestUuid = await begin(client, type, subject, options)
  await readExecutableRequest(client, requestUuid)
  return await setRequestStatus(client, requestUuid, 'Completed')
}

async function begin(
  client: ApiClient,
  type: 'Renew' | 'Recover' | 'Unblock' | 'Retire' | 'Revoke',
  subject: { readonly smartcard: string } | { readonly profile: string },
  options: OperationOptions,
): Promise<string> {
  if (options.requestUuid !== undefined) return options.requestUuid
  const { answers = {}, comment = '' } = options
  return await createRequest(client, { type, subject, answers, comment })
}
