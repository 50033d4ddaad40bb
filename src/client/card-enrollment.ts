import { parseAdminKeyHex } from '../card/secrets/admin-key.ts'
import type { KeyPairAlgorithm, SmartCard } from '../card/smart-card.ts'
import type { ApiClient } from './api-client.ts'
import { type CardAtHand, personaliseCard } from './card-administrator.ts'
import type { ClientDescription } from './certification-request.ts'
import { EnrollmentError } from './enrollment-error.ts'
import { cardEnrollmentKey } from './enrollment-key.ts'
import { readExecutableRequest } from './executable-request.ts'
import { issueCertificates } from './issue-certificates.ts'
import type { IssuedCertificate } from './issued-certificate.ts'
import { getSmartcardConfiguration, type SmartcardConfigurationView } from './v1/profile-templates.ts'
import { createRequest, setRequestStatus } from './v1/requests.ts'
import { bindSmartcard } from './v1/smartcards.ts'

/** A card in hand, with the PIN that its user knows. */
export interface UsersCard {
  readonly card: SmartCard
  readonly pin: string
}

export interface NewCardOptions {
  /** Makes, or takes, a card with this admin key of 24 bytes. */
  readonly createCard: (adminKey: Uint8Array) => SmartCard | Promise<SmartCard>
  /** What the user chose; not used where the server makes PINs. */
  readonly pin: string
  readonly description: ClientDescription
}

export interface CardEnrollmentOptions extends NewCardOptions {
  readonly profileTemplateUuid: string
  /** To the questions of the enrollment policy, by their names. */
  readonly answers?: Readonly<Record<string, string>>
  readonly comment?: string
  /** A request to go on with, for instance once it is approved; a new one is made where it is left out. */
  readonly requestUuid?: string
}

export interface CardEnrollment extends UsersCard {
  readonly requestUuid: string
  readonly smartcardUuid: string
  readonly profileUuid: string
  /** They lie on the card, too. */
  readonly certificates: readonly IssuedCertificate[]
}

/**
 * Enrolls a new card, from the request to its completion.
 *
 * @throws EnrollmentError, for instance approval-pending; ApiError, CardError
 */
export async function enrollSmartcard(
  client: ApiClient,
  options: CardEnrollmentOptions,
): Promise<CardEnrollment> {
  const requestUuid =
    options.requestUuid ??
    (await createRequest(client, {
      type: 'Enroll',
      subject: { profiletemplateuuid: options.profileTemplateUuid },
      answers: options.answers ?? {},
      comment: options.comment ?? '',
    }))
  return await fillNewCard(client, requestUuid, options)
}

/**
 * Carries out an approved request with a new card: binds it, gives it admin key and PIN, and issues onto it.
 *
 * @throws EnrollmentError, ApiError, CardError
 */
export async function fillNewCard(
  client: ApiClient,
  requestUuid: string,
  options: NewCardOptions,
): Promise<CardEnrollment> {
  const request = await readExecutableRequest(client, requestUuid)
  const configuration = await readSmartcardConfiguration(client, request.ProfileTemplateUuid)
  const card = await options.createCard(parseAdminKeyHex(configuration.DefaultAdminKeyHex))
  const atHand = await bind(client, requestUuid, card)
  const pin = await personaliseCard(client, atHand, configuration, options.pin)
  return await issueOntoCard(client, { ...atHand, pin }, options.description)
}

/**
 * Carries out an approved request with a card that has admin key and PIN already.
 *
 * @throws EnrollmentError, ApiError, CardError
 */
export async function fillSameCard(
  client: ApiClient,
  requestUuid: string,
  { card, pin }: UsersCard,
  description: ClientDescription,
): Promise<CardEnrollment> {
  await readExecutableRequest(client, requestUuid)
  return await issueOntoCard(client, { ...(await bind(client, requestUuid, card)), pin }, description)
}

/** @throws EnrollmentError not-offered for a software profile template */
export async function readSmartcardConfiguration(
  client: ApiClient,
  profileTemplateUuid: string,
): Promise<SmartcardConfigurationView> {
  const configuration = await getSmartcardConfiguration(client, profileTemplateUuid)
  if (configuration !== null) return configuration
  throw new EnrollmentError(
    'not-offered',
    'The profile template is not one of smart cards. Select one that is.',
  )
}

async function bind(client: ApiClient, requestUuid: string, card: SmartCard): Promise<CardAtHand> {
  const cardId = await card.readCardId()
  const { answerToReset } = card
  const smartcardUuid = await bindSmartcard(client, { requestUuid, cardId, answerToReset })
  return { requestUuid, smartcardUuid, cardId, card }
}

async function issueOntoCard(
  client: ApiClient,
  { requestUuid, smartcardUuid, card, pin }: CardAtHand & UsersCard,
  description: ClientDescription,
): Promise<CardEnrollment> {
  await card.verifyPin(pin)
  const makeKey = async (algorithm: KeyPairAlgorithm) => {
    const key = await card.generateKeyPair(algorithm)
    return { ...cardEnrollmentKey(card, key), keyId: key.keyId }
  }
  const issued = await issueCertificates(client, requestUuid, makeKey, description)
  for (const { key, certificate } of issued) await card.writeCertificate(key.keyId, certificate.der)
  await card.disconnect()
  const { NewProfileUuid: profileUuid } = await setRequestStatus(client, requestUuid, 'Completed')
  const certificates = issued.map(({ certificate, authorities }) => ({ certificate, authorities }))
  return { requestUuid, smartcardUuid, profileUuid, card, pin, certificates }
}
