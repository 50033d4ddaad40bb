import { CardinalError } from '../../domain/error.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Smartcard } from '../../domain/smartcard.ts'
import type { Reader } from '../ports/store.ts'

/** A profile and, where it lies on one, its smart card. */
export interface Assignment {
  readonly profile: Profile
  readonly smartcard: Smartcard | null
}

/**
 * Finds what an operation is about, by its smart card or by its profile.
 * Throws SmartcardNotFound, ProfileNotFound, and InvalidParameter where neither is named.
 */
export async function findAssignment(
  reader: Pick<Reader, 'findSmartcard' | 'findProfile'>,
  named: { readonly smartcardUuid: string | null; readonly profileUuid: string | null },
): Promise<Assignment> {
  if (named.smartcardUuid !== null) {
    const smartcard = await reader.findSmartcard(named.smartcardUuid)
    if (smartcard === null) {
      throw new CardinalError('SmartcardNotFound', `There is no smart card ${named.smartcardUuid}.`)
    }
    return { profile: await requireProfile(reader, smartcard.profileUuid), smartcard }
  }
  if (named.profileUuid === null) {
    throw new CardinalError(
      'InvalidParameter',
      'smartcard: the request must name the smart card or the profile it is about.',
    )
  }
  const profile = await requireProfile(reader, named.profileUuid)
  return {
    profile,
    smartcard: profile.smartcardUuid === null ? null : await reader.findSmartcard(profile.smartcardUuid),
  }
}

async function requireProfile(reader: Pick<Reader, 'findProfile'>, uuid: string): Promise<Profile> {
  const profile = await reader.findProfile(uuid)
  if (profile === null) throw new CardinalError('ProfileNotFound', `There is no profile ${uuid}.`)
  return profile
}
