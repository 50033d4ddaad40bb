import { setTimeout } from 'node:timers/promises'
import type * as Smartcard from 'smartcard'
import type { CardConnection } from '../../card/card-connection.ts'
import { CardError } from '../../card/card-error.ts'
import type { CardReader, CardReaders, ConnectOptions } from './card-readers.ts'
import { PcscConnection } from './pcsc-connection.ts'
import { cardErrorOf, pcscError } from './pcsc-error.ts'
import { type Environment, requireLivingService } from './pcsc-service.ts'
import { withinTime } from './within-time.ts'

type Addon = typeof Smartcard

interface Service {
  readonly addon: Addon
  readonly environment: Environment
}

const defaultTimeLimit = 30_000
const defaultPatience = 2_000
const retryInterval = 100
/** Milliseconds in which the service surely notices that a card has left. */
const noticeTime = 1_500
/** Milliseconds beyond the time that the service was told to wait. */
const grace = 5_000

/**
 * The readers that PC/SC knows, by the optional package `smartcard`.
 *
 * @param options.environment of this process
 * @param options.timeLimit milliseconds that the service may take for a sign of life, and by default a card for a command
 * @throws CardError 'card-service-unavailable' where the package is not there or was not built
 */
export async function openPcscReaders({
  timeLimit = defaultTimeLimit,
  environment = {},
}: {
  readonly timeLimit?: number
  readonly environment?: Environment
} = {}): Promise<CardReaders> {
  const service: Service = { addon: await loadAddon(), environment }
  const { addon } = service
  return {
    async list() {
      await requireLivingService(environment, timeLimit)
      return listReaders(addon)
    },
    async connect(readerName, options = {}) {
      await requireLivingService(environment, timeLimit)
      return await connect(service, readerName, { timeLimit, ...options })
    },
    async waitForChange(known, patience) {
      await requireLivingService(environment, timeLimit)
      await waitForChange(addon, known, patience)
    },
  }
}

async function loadAddon(): Promise<Addon> {
  try {
    return await import('smartcard')
  } catch {
    throw new CardError(
      'card-service-unavailable',
      'Card readers need the npm package smartcard, which is not built on this computer. Run `npm run addon smartcard`; ' +
        'on Linux first install the headers of PC/SC (Debian: apt-get install libpcsclite-dev pcscd).',
    )
  }
}

function listReaders(addon: Addon): CardReader[] {
  return withContext(addon, context =>
    context
      .listReaders()
      .map(({ name, state }) => ({ name, hasCard: (state & addon.SCARD_STATE_PRESENT) !== 0 })),
  )
}

async function connect(
  { addon, environment }: Service,
  readerName: string,
  { timeLimit = defaultTimeLimit, patience = defaultPatience }: ConnectOptions,
): Promise<CardConnection> {
  // A context of its own: the calls of one wait for each other, also for those of a card that never answers.
  const context = establishContext(addon)
  try {
    const card = await withinTime(connectWhenFree(addon, context, readerName, patience), timeLimit + patience)
    return new PcscConnection({
      card,
      timeLimit,
      constants: { protocolT0: addon.SCARD_PROTOCOL_T0, resetCard: addon.SCARD_RESET_CARD },
      isCardPresent: () => isCardPresent({ addon, environment }, readerName),
      isServiceAlive: () => isServiceAlive(environment, timeLimit),
      release: () => context.close(),
    })
  } catch (error) {
    // While the service waits for the card, closing would wait too.
    if (!(error instanceof CardError && error.code === 'card-timeout')) context.close()
    throw error
  }
}

async function connectWhenFree(
  addon: Addon,
  context: Smartcard.ContextInterface,
  readerName: string,
  patience: number,
): Promise<Smartcard.CardInterface> {
  const protocols = addon.SCARD_PROTOCOL_T0 | addon.SCARD_PROTOCOL_T1
  for (let waited = 0; ; waited += retryInterval) {
    const error = await connectOnce(addon, context, readerName, protocols)
    if (!(error instanceof CardError)) return error
    if (error.code !== 'reader-busy' || waited >= patience) throw error
    await setTimeout(retryInterval)
  }
}

async function connectOnce(
  addon: Addon,
  context: Smartcard.ContextInterface,
  readerName: string,
  protocols: number,
): Promise<Smartcard.CardInterface | CardError> {
  try {
    const reader = context.listReaders().find(({ name }) => name === readerName)
    if (reader === undefined) return cardErrorOf('no-such-reader')
    return await reader.connect(addon.SCARD_SHARE_EXCLUSIVE, protocols)
  } catch (error) {
    const meaning = pcscError(error)
    return meaning.code === 'card-removed'
      ? new CardError('no-card', 'There is no card in the reader. Put one in.')
      : meaning
  }
}

async function waitForChange(addon: Addon, known: readonly CardReader[], timeLimit: number): Promise<void> {
  const context = establishContext(addon)
  let isHanging = false
  try {
    const current = context.listReaders()
    const same = (reader: Smartcard.ReaderInterface) =>
      known.some(
        ({ name, hasCard }) =>
          name === reader.name && hasCard === ((reader.state & addon.SCARD_STATE_PRESENT) !== 0),
      )
    if (current.length !== known.length || !current.every(same)) return
    await withinTime(context.waitForChange(current, timeLimit), timeLimit + grace)
  } catch (error) {
    isHanging = error instanceof CardError
    throw isHanging ? cardErrorOf('card-service-unavailable') : pcscError(error)
  } finally {
    if (!isHanging) context.close()
  }
}

/** A card that has just left may count as present until the service has looked again. */
async function isCardPresent({ addon, environment }: Service, readerName: string): Promise<boolean> {
  if (!(await isServiceAlive(environment, noticeTime))) return false
  const find = () => listReaders(addon).find(({ name }) => name === readerName)
  try {
    const known = listReaders(addon)
    if (find()?.hasCard === true) await waitForChange(addon, known, noticeTime)
    return find()?.hasCard === true
  } catch {
    return false
  }
}

async function isServiceAlive(environment: Environment, timeLimit: number): Promise<boolean> {
  return await requireLivingService(environment, timeLimit).then(
    () => true,
    () => false,
  )
}

function establishContext(addon: Addon): Smartcard.ContextInterface {
  try {
    return new addon.Context()
  } catch (error) {
    throw pcscError(error)
  }
}

function withContext<Result>(addon: Addon, use: (context: Smartcard.ContextInterface) => Result): Result {
  const context = establishContext(addon)
  try {
    return use(context)
  } catch (error) {
    throw pcscError(error)
  } finally {
    context.close()
  }
}
