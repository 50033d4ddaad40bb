import { writeFile } from 'node:fs/promises'
import type { CardPersonality } from '../../../src/card/virtual/card-personality.ts'
import { openEnrollableCard } from '../../../src/client/cards/open-enrollable-card.ts'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import type { CardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import {
  cardTemplate,
  newKeeper,
  person,
  randomness,
  runOf,
  words,
} from '../../client/enrollment/enrollment-bench.ts'
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

const pin = '123456'

/** Makes a virtual card, puts it into the reader, and enrolls it there through PC/SC and the API. */
export async function enrollCard(
  desk: CardDesk,
  client: CardinalClient,
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
  const enrollment = runOf(client, newKeeper('Enroll', { profiletemplateuuid: cardTemplate }))
  const openCard = async () => openEnrollableCard(await desk.readers.connect(desk.pcscd.reader), randomness)
  const owner = person({ choosePin: async () => pin })
  const [issued] = (await fillCard(enrollment, openCard, owner, words)).certificates
  if (issued === undefined) throw new Error('The server issued nothing.')

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
