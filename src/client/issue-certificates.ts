import type { KeyPairAlgorithm } from '../card/smart-card.ts'
import type { ApiClient } from './api-client.ts'
import { type ClientDescription, makeCertificationRequest } from './certification-request.ts'
import { EnrollmentError } from './enrollment-error.ts'
import { type EnrollmentKey, keyPairAlgorithm } from './enrollment-key.ts'
import { type IssuedCertificate, readIssuedCertificate } from './issued-certificate.ts'
import { getGenerationOptions, submitCertificationRequests } from './v1/certificate-data.ts'

export interface IssuedForKey<Key extends EnrollmentKey> extends IssuedCertificate {
  readonly key: Key
}

/**
 * Makes a key for every certificate that the request stands for, hands the certificate requests in, and checks what
 * comes back.
 *
 * @param makeKey on a card or in software
 * @returns one for each, in the server's order
 * @throws EnrollmentError, ApiError, and what `makeKey` throws
 */
export async function issueCertificates<Key extends EnrollmentKey>(
  client: ApiClient,
  requestUuid: string,
  makeKey: (algorithm: KeyPairAlgorithm) => Promise<Key>,
  description: ClientDescription,
): Promise<readonly IssuedForKey<Key>[]> {
  const pairs: { key: Key; request: string }[] = []
  for (const options of await getGenerationOptions(client, requestUuid)) {
    const key = await makeKey(keyPairAlgorithm(options))
    pairs.push({ key, request: await makeCertificationRequest(key, options, description) })
  }
  if (pairs.length === 0) {
    throw new EnrollmentError(
      'not-offered',
      'The server asks for no certificate request. Look at the template.',
    )
  }
  const answers = await submitCertificationRequests(
    client,
    requestUuid,
    pairs.map(({ request }) => request),
  )
  // More may follow that the server made itself; the first ones answer the requests in their order.
  return pairs.map(({ key }, index) => {
    const answer = answers[index]
    if (answer === undefined) {
      throw new EnrollmentError(
        'certificate-refused',
        'The server left a certificate request without an answer.',
      )
    }
    return { key, ...readIssuedCertificate(answer, key.publicKey) }
  })
}
