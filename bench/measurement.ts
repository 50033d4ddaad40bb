/** One line of the table. */
export interface Measurement {
  readonly name: string
  readonly value: number
  /** `/s`, `ms`, `MB`. */
  readonly unit: string
  /** A limit of the machine or another library, measured in the same run in the same unit. */
  readonly peer?: { readonly name: string; readonly value: number }
  readonly target?: Target
}

/** What the value, or its ratio to the peer, should be. */
export type Target = { readonly ratioAtLeast: number } | { readonly valueAtMost: number }

/** null where there is no peer. */
export function ratio({ value, peer }: Measurement): number | null {
  return peer === undefined ? null : value / peer.value
}

/** null where there is no target. */
export function meetsTarget(measurement: Measurement): boolean | null {
  const { target, value } = measurement
  if (target === undefined) return null
  if ('valueAtMost' in target) return value <= target.valueAtMost
  return (ratio(measurement) ?? 0) >= target.ratioAtLeast
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  const lower = sorted[middle - 1]
  if (upper === undefined) throw new RangeError('There is no median of nothing.')
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2
}
