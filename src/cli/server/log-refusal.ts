import type { Logger } from 'pino'
import { clientNetwork } from '../../identity/client-network.ts'
import { escapedText } from '../../identity/escaped-text.ts'
import type { SignInRefusal } from '../../identity/sign-in-refusal.ts'
import type { CallCredentials } from '../../workflows/ports/authenticator.ts'
import type { Clock } from '../../workflows/ports/clock.ts'

const minute = 60_000
/** For one reason, to one network. */
const mostLinesOfKind = 20
/** For all reasons and networks together. It bounds the memory too: what is counted has a line. */
const mostLines = 2000

const longestSentence = 1000
const longestName = 200

/** Refusals for one reason, to one network, in one minute. */
interface Kind {
  readonly reason: string
  readonly network: string
  lines: number
  omitted: number
}

interface Minute {
  readonly start: number
  readonly kinds: Map<string, Kind>
  lines: number
  isEndScheduled: boolean
  /** Of kinds that have no line, because there were too many of others. */
  omittedKinds: number
}

type Call = Pick<CallCredentials, 'address' | 'correlationId'>

/**
 * Writes why somebody was not let in, to be found by the correlation id of the answer that they got. What they sent drives
 * no terminal. A stranger cannot fill the log: of the refusals of a minute 20 lines are written for each reason and network,
 * 2,000 in all, and then, once the minute is over, how many more there were.
 *
 * @param options.schedule calls once, after so many milliseconds; it is told of the end of a minute in which lines were
 *   left out, so that their number does not wait for the next refusal
 */
export function createRefusalLog(options: {
  readonly logger: Pick<Logger, 'info'>
  readonly clock: Clock
  schedule(work: () => void, milliseconds: number): void
}): (refusal: SignInRefusal, call: Call) => void {
  const { logger, clock, schedule } = options
  let current: Minute = newMinute(Number.NEGATIVE_INFINITY)

  function end(over: Minute): void {
    if (over !== current) return
    current = newMinute(clock.now().getTime())
    for (const { reason, network, omitted } of over.kinds.values()) {
      if (omitted > 0)
        logger.info({ reason, address: network, omitted }, `And ${omitted} more within a minute.`)
    }
    const { omittedKinds: omitted } = over
    if (omitted > 0) logger.info({ omitted }, `And ${omitted} more within a minute, from other addresses.`)
  }

  function omit(kind: Kind | undefined, now: number): void {
    const over = current
    if (kind === undefined) over.omittedKinds += 1
    else kind.omitted += 1
    if (over.isEndScheduled) return
    over.isEndScheduled = true
    schedule(() => end(over), over.start + minute - now)
  }

  return (refusal, call) => {
    const now = clock.now().getTime()
    // A clock that was set back begins another minute too.
    if (now < current.start || now >= current.start + minute) end(current)
    const { reason } = refusal
    const network = escapedText(clientNetwork(call.address), longestName)
    const key = `${reason} ${network}`
    const known = current.kinds.get(key)
    if (current.lines >= mostLines || (known?.lines ?? 0) >= mostLinesOfKind) return omit(known, now)
    const kind = known ?? { reason, network, lines: 0, omitted: 0 }
    current.kinds.set(key, kind)
    kind.lines += 1
    current.lines += 1
    writeRefusal(logger, refusal, call)
  }
}

function newMinute(start: number): Minute {
  return { start, kinds: new Map(), lines: 0, isEndScheduled: false, omittedKinds: 0 }
}

function writeRefusal(
  logger: Pick<Logger, 'info'>,
  { reason, message, cause, details }: SignInRefusal,
  { address, correlationId }: Call,
): void {
  const { account, user } = details
  logger.info(
    {
      reason,
      address: escapedText(address, longestName),
      correlationId,
      ...(account !== undefined && { account: escapedText(account, longestName) }),
      ...(user !== undefined && { user }),
      ...(cause instanceof Error && { cause: escapedText(cause.message, longestSentence) }),
    },
    escapedText(message, longestSentence),
  )
}
