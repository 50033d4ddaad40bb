import { EnrollmentError } from '../enrollment-error.ts'
import type { CardinalClient } from '../library/create-cardinal-client.ts'
import type { SmartcardConfigurationView } from '../library/generated/answers.ts'

/** @throws EnrollmentError not-offered for a software profile template */
export async function readSmartcardConfiguration(
  client: CardinalClient,
  profileTemplateUuid: string,
): Promise<SmartcardConfigurationView> {
  const configuration = await client.call('GET /v1.0/profiletemplates/{id}/configuration/smartcards', {
    path: { id: profileTemplateUuid },
  })
  if (configuration !== null) return configuration
  throw new EnrollmentError(
    'not-offered',
    'The profile template is not one of smart cards. Select one that is.',
  )
}
