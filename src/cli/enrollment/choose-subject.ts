import type { RequestSubject } from '../../client/create-request.ts'
import { findAssignment } from '../../client/enrollment/identify-card.ts'
import { smartcardStatus } from '../../client/enumerations.ts'
import { listSmartcards } from '../../client/list-smartcards.ts'
import { choose } from '../terminal/ask.ts'
import { UsageError } from '../usage-error.ts'
import type { CardPlace } from './card-place.ts'
import type { SubjectValues } from './enrollment-options.ts'
import { requireUuid } from './require-uuid.ts'
import type { SignedIn } from './sign-in.ts'

/** What the options name; null where they name nothing. Throws UsageError. */
export function namedSubject({ card, profile }: SubjectValues): RequestSubject | null {
  if (card !== undefined && profile !== undefined) throw new UsageError('Give --card or --profile, not both.')
  if (card !== undefined) return { smartcard: requireUuid(card, '--card') }
  return profile === undefined ? null : { profile: requireUuid(profile, '--profile') }
}

/** The assignment of the card in its reader. Throws UsageError, CardError, EnrollmentError. */
export async function subjectAtHand({ client }: SignedIn, place: CardPlace): Promise<RequestSubject> {
  const card = await place.open()
  try {
    const cardId = await card.readCardId()
    const assignment = cardId === null ? null : await findAssignment(client, cardId)
    if (assignment !== null && assignment.Status !== smartcardStatus.retired) {
      return { smartcard: assignment.Uuid }
    }
    throw new UsageError(
      `The server knows no use of this card${cardId === null ? '' : ` (${cardId})`}. Insert another, or name it by --card.`,
    )
  } finally {
    await card.disconnect()
  }
}

/** Lets the person choose among their cards, or their software profiles. Throws UsageError. */
export async function chooseSubject(signedIn: SignedIn, amongProfiles: boolean): Promise<RequestSubject> {
  const { client } = signedIn
  const templates = (await client.call('GET /v1.0/profiletemplates')) ?? []
  const nameOf = (uuid: string) => templates.find(({ Uuid }) => Uuid === uuid)?.Name ?? 'of another template'
  if (amongProfiles) {
    const software = templates.filter(each => !each.IsSmartcardProfileTemplate).map(({ Uuid }) => Uuid)
    const active = await client.call('GET /v1.0/profiles', { query: { status: 'Active' } })
    const profiles = (active ?? []).filter(each => software.includes(each.ProfileTemplateUuid))
    const label = (each: (typeof profiles)[number]) => `${nameOf(each.ProfileTemplateUuid)}, ${each.Uuid}`
    requireSome(profiles, 'software profile')
    return { profile: (await choose('Which profile?', profiles, label, 'Give --profile UUID.')).Uuid }
  }
  const cards = (await listSmartcards(client)).filter(({ Status }) => Status !== smartcardStatus.retired)
  const label = (each: (typeof cards)[number]) =>
    `${nameOf(each.ProfileTemplateUuid)}, card ${each.SerialNumber}, ${each.Uuid}`
  requireSome(cards, 'smart card')
  return { smartcard: (await choose('Which smart card?', cards, label, 'Give --card UUID.')).Uuid }
}

/** The profile template that governs it. Throws UsageError where the caller can see no such thing. */
export async function templateOfSubject({ client }: SignedIn, subject: RequestSubject): Promise<string> {
  if ('profiletemplateuuid' in subject) return subject.profiletemplateuuid
  const found =
    'smartcard' in subject
      ? await client.call('GET /v1.0/smartcards/{id}', { path: { id: subject.smartcard } })
      : await client.call('GET /v1.0/profiles/{id}', { path: { id: subject.profile } })
  if (found !== null) return found.ProfileTemplateUuid
  throw new UsageError('The server knows no such card or profile of yours. Check the UUID, and who signs in.')
}

function requireSome(things: readonly unknown[], what: string): void {
  if (things.length === 0) throw new UsageError(`You have no ${what} that this could be about.`)
}
