import type { ApduCard } from '../../apdu/apdu-card.ts'
import { type CommandApdu, parseCommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CardError } from '../../card-error.ts'
import type { CardStateStore } from '../../virtual/card-state-store.ts'
import { CommandInterpreter } from '../../virtual/command-interpreter.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { extension, instruction } from '../piv-identifiers.ts'
import { CardSession } from './card-session.ts'
import type { PivCardState } from './card-state.ts'
import { decodeCardState, encodeCardState } from './card-state-encoding.ts'
import { getData, putData, select } from './data-commands.ts'
import { getMetadata, getSerial, getVersion, setManagementKey } from './extension-commands.ts'
import { generalAuthenticate } from './general-authenticate.ts'
import { generateAsymmetricKeyPair, importAsymmetricKey, moveKey } from './key-commands.ts'
import { changeReferenceData, reset, resetRetryCounter, setPinRetries, verify } from './pin-commands.ts'

export interface VirtualPivCardOptions {
  readonly store: CardStateStore
  /** So many unpredictable bytes, such as `randomBytes` of node:crypto. Key pairs come from node:crypto itself. */
  readonly randomBytes: (length: number) => Uint8Array
}

type Instruction = (session: CardSession, command: CommandApdu) => Promise<Uint8Array>

/** T=1, historical bytes that name the PIV application (ISO/IEC 7816-4 §12.1.1, application identifier). */
const answerToReset = '3b8b0180f9a0000003080000100048'

const instructions: ReadonlyMap<number, Instruction> = new Map([
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
  [extension.setPinRetries, setPinRetries],
  [extension.reset, reset],
  [extension.getVersion, getVersion],
  [extension.importAsymmetricKey, importAsymmetricKey],
  [extension.setManagementKey, setManagementKey],
])

/** Stores a new card, in the place of whatever the store holds. */
export async function createVirtualPivCard(state: PivCardState, store: CardStateStore): Promise<void> {
  const content = encodeCardState(state)
  await store.save(content)
  content.fill(0)
}

/**
 * A PIV card in software (SP 800-73-4, SP 800-78-4) with the extensions of a YubiKey. Whatever a command changes is stored
 * before it is answered. Private keys are generated inside or put in, and no command brings one out.
 *
 * Within the power of whoever controls the process or holds the store's key: a card in software defends its PIN
 * against those who can only send it commands.
 *
 * @throws CardError 'invalid-card-state' where the store holds no card, another one or a damaged one; what the store
 *   throws
 */
export async function openVirtualPivCard(options: VirtualPivCardOptions): Promise<ApduCard> {
  const content = await options.store.load()
  if (content === undefined) {
    throw new CardError('invalid-card-state', 'There is no virtual card in this place. Create it first.')
  }
  const state = decodeCardState(content)
  content.fill(0)
  return new VirtualPivCard(new CardSession(state, options.store, options.randomBytes))
}

class VirtualPivCard implements ApduCard {
  readonly answerToReset = answerToReset
  readonly #session: CardSession
  readonly #interpreter: CommandInterpreter

  constructor(session: CardSession) {
    this.#session = session
    this.#interpreter = new CommandInterpreter(async command => {
      const instruction = instructions.get(command.ins)
      if (instruction === undefined) throw new CommandRefusal(statusWord.instructionNotSupported)
      return { data: await instruction(session, command), statusWord: statusWord.success }
    })
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const completed = withExpectedLength(command)
    const answer = this.#interpreter.transmit(completed)
    completed.fill(0)
    return answer
  }

  reset(): Promise<void> {
    return this.#interpreter.reset(() => this.#session.reset())
  }
}

/**
 * A copy of the command that expects an answer wherever it has data. Hosts that are made for other cards, yubico-piv-tool
 * up to 2.2 among them, leave Le out and await the answer nevertheless, as over T=0, where there is no Le.
 */
function withExpectedLength(command: Uint8Array): Uint8Array {
  return hasDataOnly(command)
    ? Uint8Array.from([...command, ...(command[4] === 0 ? [0, 0] : [0])])
    : Uint8Array.from(command)
}

function hasDataOnly(command: Uint8Array): boolean {
  try {
    const { data, expectedLength } = parseCommandApdu(command)
    return data.length > 0 && expectedLength === 0
  } catch {
    return false
  }
}
