import type { ApduCard } from '../apdu/apdu-card.ts'
import type { CommandApdu } from '../apdu/command-apdu.ts'
import { statusWord } from '../apdu/status-word.ts'
import { CardError } from '../card-error.ts'
import type { CardStateStore } from './card-state-store.ts'
import { CommandInterpreter } from './command-interpreter.ts'
import { CommandRefusal } from './command-refusal.ts'
import { type CardStateEncoding, PersistentState } from './persistent-state.ts'

/** What a card does on one instruction, and the data of its answer. It throws a CommandRefusal or a CardError. */
export type Instruction<Session> = (session: Session, command: CommandApdu) => Promise<Uint8Array>

/** What makes a virtual card one of its kind. */
export interface CardApplication<State, Session> {
  /** ISO/IEC 7816-3 §8.2, in lower-case hexadecimal digits. */
  readonly answerToReset: string
  readonly encoding: CardStateEncoding<State>
  /** By their instruction bytes. */
  readonly instructions: ReadonlyMap<number, Instruction<Session>>
}

export interface VirtualCardOptions {
  readonly store: CardStateStore
  /** So many unpredictable bytes, such as `randomBytes` of node:crypto. Key pairs come from node:crypto itself. */
  readonly randomBytes: (length: number) => Uint8Array
}

/** Stores a new card, in the place of whatever the store holds. */
export async function createVirtualCard<State, Session>(
  { encoding }: CardApplication<State, Session>,
  state: State,
  store: CardStateStore,
): Promise<void> {
  const content = encoding.encode(state)
  await store.save(content)
  content.fill(0)
}

/**
 * A card in software. Whatever a command changes is stored before it is answered.
 *
 * Within the power of whoever controls the process or holds the store's key: a card in software defends its PIN
 * against those who can only send it commands.
 *
 * @param begin makes what the card knows while it has power
 * @throws CardError 'invalid-card-state' where the store holds no card, another one or a damaged one; what the store
 *   throws
 */
export async function openVirtualCard<State, Session extends { reset(): void }>(
  { answerToReset, encoding, instructions }: CardApplication<State, Session>,
  store: CardStateStore,
  begin: (state: PersistentState<State>) => Session,
): Promise<ApduCard> {
  const content = await store.load()
  if (content === undefined) {
    throw new CardError('invalid-card-state', 'There is no virtual card in this place. Create it first.')
  }
  const state = encoding.decode(content)
  content.fill(0)
  const session = begin(new PersistentState(state, encoding, store))
  const interpreter = new CommandInterpreter(async command => {
    const instruction = instructions.get(command.ins)
    if (instruction === undefined) throw new CommandRefusal(statusWord.instructionNotSupported)
    return { data: await instruction(session, command), statusWord: statusWord.success }
  })
  return {
    answerToReset,
    transmit: command => interpreter.transmit(command),
    reset: () => interpreter.reset(() => session.reset()),
  }
}
