import { setTimeout } from 'node:timers/promises'
import type { ApduCard } from '../../card/apdu/apdu-card.ts'
import { type PluggedCard, plugIntoVpcd } from '../card-reader/vpcd-connection.ts'

export interface KeepPluggedOptions {
  /** Where vpcd's reader waits for its card. */
  readonly host: string
  readonly port: number
  /** As plugIntoVpcd has it. */
  readonly isQuick: boolean
  /** Its abortion takes the card out. */
  readonly signal: AbortSignal
  /** Called before each attempt, so that whoever can wake the PC/SC service does. */
  beforeAttempt(): Promise<void>
  onPlugged(): Promise<void>
  /** The reader has left; it is waited for. */
  onRemoved(): Promise<void>
}

const retryInterval = 500

/**
 * Keeps a card in vpcd's reader until it is told to take it out: whenever the PC/SC service goes and comes back, as it
 * does on systems that start it on demand, the card goes in again.
 *
 * @throws Error where something answers there that speaks no vpcd; what the callbacks throw
 */
export async function keepPlugged(card: ApduCard, options: KeepPluggedOptions): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    await options.beforeAttempt()
    const plugged = await plug(card, options)
    if (plugged !== null) {
      await untilRemoved(plugged, options)
      if (!signal.aborted) await options.onRemoved()
    }
    await setTimeout(retryInterval, undefined, { signal }).catch(() => undefined)
  }
}

async function untilRemoved(plugged: PluggedCard, { signal, onPlugged }: KeepPluggedOptions): Promise<void> {
  const unplug = () => void plugged.unplug().catch(() => undefined)
  signal.addEventListener('abort', unplug)
  try {
    if (signal.aborted) unplug()
    else await onPlugged()
    await plugged.unplugged
  } finally {
    signal.removeEventListener('abort', unplug)
    unplug()
  }
}

/** Null where nothing listens, as long as the service is not there. */
async function plug(
  card: ApduCard,
  { host, port, isQuick }: KeepPluggedOptions,
): Promise<PluggedCard | null> {
  try {
    return await plugIntoVpcd(card, { host, port, isQuick })
  } catch {
    return null
  }
}
