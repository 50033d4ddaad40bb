import type { CardKey } from '../../card/smart-card.ts'
import { encodePem } from '../../x509/pem.ts'
import { makeCertificationRequest } from '../certification-request.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { cardEnrollmentKey, keyPairAlgorithm } from '../enrollment-key.ts'
import { type IssuedCertificate, readIssuedCertificate } from '../issued-certificate.ts'
import type { CertificateResponseView, GenerationOptionsView } from '../library/generated/answers.ts'
import type { PreparedCard } from './card-steps.ts'
import { attempt } from './step-recorder.ts'
import type { WalkthroughRun } from './walkthrough-options.ts'

/** A certificate and the key on the card that it is for. */
export interface CardCertificate extends IssuedCertificate {
  /** SubjectPublicKeyInfo in PEM, as the card gave it. */
  readonly publicKeyPem: string
}

/** Steps 24 to 27. */
export async function certificateSteps(
  run: WalkthroughRun,
  prepared: PreparedCard,
): Promise<CardCertificate> {
  const { recorder, state } = run
  if (state.certificationRequest === null) await certificationRequestSteps(run, prepared)
  else await recorder.skip([24, 25])
  const key = await attempt(26, () => findKey(run, prepared))
  const publicKeyPem = encodePem('PUBLIC KEY', key.publicKey)
  if (state.certificateAnswer !== null) {
    await recorder.skip([26, 27])
    const kept = { isPkcs7: true, Pkcs7: state.certificateAnswer, Error: null }
    return { ...readIssuedCertificate(kept, key.publicKey), publicKeyPem }
  }
  return { ...(await issuingSteps(run, prepared, key)), publicKeyPem }
}

async function certificationRequestSteps(run: WalkthroughRun, prepared: PreparedCard): Promise<void> {
  const { recorder, state } = run
  const options = await recorder.call(
    { sent: 24, answered: 24 },
    client =>
      client.call('GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions', {
        path: { requestid: prepared.requestUuid },
      }),
    requireSingle,
  )
  await recorder.act(
    25,
    async () => {
      await prepared.card.verifyPin(run.pin)
      const key =
        state.keyId === null
          ? await prepared.card.generateKeyPair(keyPairAlgorithm(options))
          : await findKey(run, prepared)
      state.keyId = key.keyId
      state.certificationRequest = await makeCertificationRequest(
        cardEnrollmentKey(prepared.card, key),
        options,
        run.description,
      )
    },
    () =>
      `${options.KeyAlgorithmName} of ${options.KeySize} bits, hashed with ${options.HashAlgorithmName}; ` +
      'the private key was made on the card and stays there.',
  )
}

function requireSingle(options: readonly GenerationOptionsView[] | null): GenerationOptionsView {
  const [single, ...others] = options ?? []
  if (single !== undefined && others.length === 0) return single
  throw new EnrollmentError(
    'not-offered',
    `The profile template asks for ${options?.length ?? 0} certificates; this walkthrough shows one. Select another template.`,
  )
}

async function findKey({ state }: WalkthroughRun, { card }: PreparedCard): Promise<CardKey> {
  const key = (await card.listKeys()).find(({ keyId }) => keyId === state.keyId)
  if (key !== undefined) return key
  throw new EnrollmentError(
    'card-mismatch',
    'The key of the certificate request is not on the card any more.',
  )
}

async function issuingSteps(
  { recorder, state, pin }: WalkthroughRun,
  { card, requestUuid }: PreparedCard,
  key: CardKey,
): Promise<IssuedCertificate> {
  return await recorder.call(
    { sent: 26, answered: 27 },
    client =>
      client.call('POST /v1.0/requests/{requestid}/certificatedata', {
        path: { requestid: requestUuid },
        body: { pfxpassword: '', certificaterequests: [state.certificationRequest ?? ''], comments: '' },
      }),
    async answers => {
      const answer = requireFirst(answers)
      const issued = readIssuedCertificate(answer, key.publicKey)
      await card.verifyPin(pin)
      await card.writeCertificate(key.keyId, issued.certificate.der)
      state.certificateAnswer = answer.Pkcs7
      return issued
    },
    () =>
      'The answer is a CMC response signed by the issuing authority; the certificate is for the key on the card, ' +
      'and was written beside it.',
  )
}

function requireFirst([first]: readonly CertificateResponseView[]): CertificateResponseView {
  if (first !== undefined) return first
  throw new EnrollmentError(
    'certificate-refused',
    'The server answered with no certificate. Look into its log.',
  )
}

/** Step 28. */
export async function completionStep(
  { recorder }: WalkthroughRun,
  { requestUuid }: PreparedCard,
  isCompleted: boolean,
): Promise<void> {
  if (isCompleted) {
    await recorder.skip([28])
    return
  }
  await recorder.call(
    { sent: 28, answered: 28 },
    client =>
      client.call('PUT /v1.0/requests/{id}', { path: { id: requestUuid }, body: { status: 'Completed' } }),
    () => {},
  )
}
