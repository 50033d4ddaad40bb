import { setTimeout } from 'node:timers/promises'
import type { ApduCard } from '../../card/apdu/apdu-card.ts'
import { type PluggedCard, plugIntoVpcd } from '../card-reader/vpcd-connection.ts'

export interface KeepPluggedOptions {
  /** Where vpcd's reader waits for its card; 127.0.0.1:35963 by default. */
  readonly host?: string
  readonly port?: number
  /** Its abortion takes the card out. */
  readonly signal: AbortSignal
  /** Called before each attempt, so that whoever can wake the PC/SC service does. */
  beforeAttempt?(): Promise<void>
  /** Awaited, with the connection already made. */
  onPlugged(): Promise<void>
  /** @param error nothing where the reader was there and left */
  onWaiting(error: unknown): void
}

const retryInterval = 500

/**
 * Keeps a card in vpcd's reader until it is told to take it out: whenever the PC/SC service goes and comes back, as it
 * does on systems that start it on demand, the card goes in again.
 */
export async function keepPlugged(card: ApduCard, options: KeepPluggedOptions): Promise<void> {
  const { signal } = options
  let isAnnounced = false
  while (!signal.aborted) {
    await options.beforeAttempt?.()
    const plugged = await plug(card, options)
    if ('error' in plugged) {
      if (!isAnnounced) options.onWaiting(plugged.error)
      isAnnounced = true
    } else {
      const unplug = () => void plugged.unplug().catch(() => undefined)
      signal.addEventListener('abort', unplug)
      if (signal.aborted) unplug()
      else await options.onPlugged()
      await plugged.unplugged
      signal.removeEventListener('abort', unplug)
      if (!signal.aborted) options.onWaiting(undefined)
      isAnnounced = true
    }
    await setTimeout(retryInterval, undefined, { signal }).catch(() => undefined)
  }
}

async function plug(
  card: ApduCard,
  { host, port }: KeepPluggedOptions,
): Promise<PluggedCard | { readonly error: unknown }> {
  try {
    return await plugIntoVpcd(card, {
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    })
  } catch (error) {
    return { error }
  }
}
