import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { openGidsCard } from '../../../src/card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../../src/card/piv/host/open-piv-card.ts'
import type { CardKey, KeyPairAlgorithm, SmartCard } from '../../../src/card/smart-card.ts'
import type { CardPersonality } from '../../../src/card/virtual/card-personality.ts'
import type { ApiClient } from '../../../src/client/api-client.ts'
import { issueCertificates } from '../../../src/client/issue-certificates.ts'
import { createRequest, setRequestStatus } from '../../../src/client/v1/requests.ts'
import { bindSmartcard } from '../../../src/client/v1/smartcards.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { description } from '../walkthrough-client.ts'
import type { CardDesk } from './card-desk.ts'

/** A card in the reader, with a certificate for smart card logon that the server issued to alice. */
export interface EnrolledCard {
  readonly pin: string
  /** PEM files: hers, and those of the authorities above it, the root apart. */
  readonly certificate: string
  readonly issuingAuthority: string
  readonly root: string
  /** The CKA_ID of the key, percent-encoded, as OpenSC numbers it. */
  readonly keyId: string
}

/** Has a certificate with the extended key usage for smart card logon and the user principal name. */
const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const factoryManagementKey = Buffer.from('0102030405060708'.repeat(3), 'hex')
const pin = '123456'

type Card = Pick<SmartCard, 'readCardId' | 'answerToReset' | 'writeCertificate' | 'sign' | 'disconnect'> & {
  generateKeyPair(algorithm: KeyPairAlgorithm): Promise<CardKey>
}

/** Makes a virtual card, puts it into the reader, and enrolls it there through PC/SC and the API. */
export async function enrollCard(
  desk: CardDesk,
  client: ApiClient,
  personality: CardPersonality,
): Promise<EnrolledCard> {
  const kind = personality === 'PIV' ? ['--piv'] : []
  for (const args of [
    ['create', personality, '--key-file', ...kind],
    ['plug', personality, '--background', '--quick'],
  ]) {
    const { status, stderr } = await desk.card(...args)
    if (status !== 0) throw new Error(stderr)
  }
  const card = await openCard(desk, personality)
  const requestUuid = await createRequest(client, {
    type: 'Enroll',
    subject: { profiletemplateuuid: template },
    answers: { 'Request Reason': 'Need VPN Certs' },
  })
  const { answerToReset } = card
  await bindSmartcard(client, { requestUuid, cardId: await card.readCardId(), answerToReset })
  const makeKey = async (algorithm: KeyPairAlgorithm) => {
    const key = await card.generateKeyPair(algorithm)
    const sign: Signer = (hash, data) => card.sign(key.keyId, hash, data)
    return { ...key, sign }
  }
  const [issued] = await issueCertificates(client, requestUuid, makeKey, description)
  if (issued === undefined) throw new Error('The server issued nothing.')
  await card.writeCertificate(issued.key.keyId, issued.certificate.der)
  await card.disconnect()
  await setRequestStatus(client, requestUuid, 'Completed')

  const [issuing, root] = issued.authorities
  if (root === undefined) throw new Error('The issuing authority is the root.')
  const files = {
    certificate: desk.file(`${personality}.pem`),
    issuingAuthority: desk.file(`${personality}-issuing.pem`),
    root: desk.file(`${personality}-root.pem`),
  }
  await writeFile(files.certificate, encodePem('CERTIFICATE', issued.certificate.der))
  await writeFile(files.issuingAuthority, encodePem('CERTIFICATE', issuing.der))
  await writeFile(files.root, encodePem('CERTIFICATE', root.der))
  return { pin, ...files, keyId: personality === 'PIV' ? '%01' : '%00' }
}

type Signer = SmartCard['sign'] extends (keyId: string, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** Ready to make keys and to write: by the PIN on a GIDS card, by the management key too on a PIV card. */
async function openCard(desk: CardDesk, personality: CardPersonality): Promise<Card> {
  const connection = await desk.readers.connect(desk.pcscd.reader)
  if (personality === 'GIDS') {
    const card = await openGidsCard(connection, { randomBytes })
    await card.initialize({ cardId: randomUUID(), adminKey: randomBytes(24), pin })
    await card.verifyPin(pin)
    return card
  }
  const card = await openPivCard(connection, { randomBytes })
  await card.authenticateMutually(factoryManagementKey)
  await card.initialize()
  await card.verifyPin(pin)
  return card
}
