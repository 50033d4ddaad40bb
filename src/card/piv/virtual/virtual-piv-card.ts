import type { ApduCard } from '../../apdu/apdu-card.ts'
import { parseCommandApdu } from '../../apdu/command-apdu.ts'
import type { CardStateStore } from '../../virtual/card-state-store.ts'
import {
  createVirtualCard,
  type Instruction,
  openVirtualCard,
  type VirtualCardOptions,
} from '../../virtual/virtual-card.ts'
import { extension, instruction } from '../piv-identifiers.ts'
import { attest } from './attest-key.ts'
import { CardSession } from './card-session.ts'
import type { PivCardState } from './card-state.ts'
import { decodeCardState, encodeCardState } from './card-state-encoding.ts'
import { getData, putData, select } from './data-commands.ts'
import { getMetadata, getSerial, getVersion, setManagementKey } from './extension-commands.ts'
import { generalAuthenticate } from './general-authenticate.ts'
import { generateAsymmetricKeyPair, importAsymmetricKey, moveKey } from './key-commands.ts'
import { changeReferenceData, reset, resetRetryCounter, setPinRetries, verify } from './pin-commands.ts'

/** T=1, historical bytes that name the PIV application (ISO/IEC 7816-4 §12.1.1, application identifier). */
const answerToReset = '3b8b0180f9a0000003080000100048'

const instructions: ReadonlyMap<number, Instruction<CardSession>> = new Map([
  [instruction.verify, verify],
  [instruction.changeReferenceData, changeReferenceData],
  [instruction.resetRetryCounter, resetRetryCounter],
  [instruction.generateAsymmetricKeyPair, generateAsymmetricKeyPair],
  [instruction.generalAuthenticate, generalAuthenticate],
  [instruction.select, select],
  [instruction.getData, getData],
  [instruction.putData, putData],
  [extension.moveKey, moveKey],
  [extension.getMetadata, getMetadata],
  [extension.getSerial, getSerial],
  [extension.attest, attest],
  [extension.setPinRetries, setPinRetries],
  [extension.reset, reset],
  [extension.getVersion, getVersion],
  [extension.importAsymmetricKey, importAsymmetricKey],
  [extension.setManagementKey, setManagementKey],
])

/** Instructions without data that are there for their answer. */
const asksOnly: ReadonlySet<number> = new Set([
  extension.getMetadata,
  extension.getSerial,
  extension.attest,
  extension.getVersion,
])

const application = {
  answerToReset,
  encoding: { encode: encodeCardState, decode: decodeCardState },
  instructions,
}

/** Stores a new card, in the place of whatever the store holds. */
export function createVirtualPivCard(state: PivCardState, store: CardStateStore): Promise<void> {
  return createVirtualCard(application, state, store)
}

/**
 * A PIV card in software (SP 800-73-4, SP 800-78-4) with the extensions of a YubiKey. Private keys are generated inside or
 * put in, and no command brings one out.
 *
 * @throws CardError 'invalid-card-state'; what the store throws
 */
export async function openVirtualPivCard({ store, randomBytes }: VirtualCardOptions): Promise<ApduCard> {
  const card = await openVirtualCard(application, store, state => new CardSession(state, randomBytes))
  return {
    ...card,
    transmit(command) {
      const completed = withExpectedLength(command)
      const answer = card.transmit(completed)
      completed.fill(0)
      return answer
    },
  }
}

/**
 * A copy of the command that expects an answer wherever it has data, or only asks. Hosts that are made for other cards,
 * yubico-piv-tool up to 2.2 among them, leave Le out and await the answer nevertheless, as over T=0, where there is no Le.
 */
function withExpectedLength(command: Uint8Array): Uint8Array {
  return leavesExpectedLengthOut(command)
    ? Uint8Array.from([...command, ...(command[4] === 0 ? [0, 0] : [0])])
    : Uint8Array.from(command)
}

function leavesExpectedLengthOut(command: Uint8Array): boolean {
  try {
    const { ins, data, expectedLength } = parseCommandApdu(command)
    return expectedLength === 0 && (data.length > 0 || asksOnly.has(ins))
  } catch {
    return false
  }
}
