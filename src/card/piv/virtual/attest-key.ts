import { createPublicKey, X509Certificate } from 'node:crypto'
import { findValue, readDataObjects } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { certificateTag } from '../certificate-object.ts'
import { attestationSlot, findKeySlot } from '../key-slot.ts'
import { type Attester, attestationCertificate } from './attestation-certificate.ts'
import type { CardSession } from './card-session.ts'
import { firmwareVersion, neverTouched, numberOfPinPolicy } from './key-policies.ts'

const certificateSerialLength = 16

/**
 * ATTEST (Yubico): a certificate of the key in the slot P1 by the attestation key; anybody may ask. Only what was
 * generated inside is attested.
 */
export async function attest(session: CardSession, { p1, p2 }: CommandApdu): Promise<Uint8Array> {
  const slot = findKeySlot(p1)
  if (slot === undefined || p2 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  const key = session.requireKey(p1, statusWord.fileNotFound)
  if (key.origin !== 'generated') throw new CommandRefusal(statusWord.incorrectData)
  return attestationCertificate(
    requireAttester(session),
    {
      publicKey: createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' }),
      keyId: slot.keyId,
      firmwareVersion,
      serialNumber: session.state.serialNumber,
      policies: Uint8Array.of(numberOfPinPolicy(key.pinPolicy), neverTouched),
    },
    session.randomBytes(certificateSerialLength),
  )
}

/** The attestation key with its certificate, where that is the key's: an administrator replaces one after the other. */
function requireAttester(session: CardSession): Attester {
  const { privateKey } = session.requireKey(attestationSlot.reference, statusWord.referencedDataNotFound)
  const object = session.state.objects.find(
    ({ identifier }) => identifier === attestationSlot.certificateObject,
  )
  if (object === undefined) throw new CommandRefusal(statusWord.referencedDataNotFound)
  try {
    const certificate = findValue(readDataObjects(object.value), certificateTag)
    if (certificate !== undefined && new X509Certificate(certificate).checkPrivateKey(privateKey)) {
      return { privateKey, certificate }
    }
  } catch {
    // What the administrator has written is no certificate in the clear.
  }
  throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
}
