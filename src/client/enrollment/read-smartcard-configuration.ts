import type { ApiClient } from '../api-client.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { getSmartcardConfiguration, type SmartcardConfigurationView } from '../v1/profile-templates.ts'

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
