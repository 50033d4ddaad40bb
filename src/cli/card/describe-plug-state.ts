import type { CardFiles } from './card-files.ts'
import type { PlugState } from './plug-state.ts'

export function describePlugState(
  { name }: CardFiles,
  { process, vpcd, isInReader, reader }: PlugState,
): string {
  if (!isInReader) return `The card ${name} waits for the reader of vpcd at ${vpcd} (process ${process}).`
  const place = reader === null ? `the reader of vpcd at ${vpcd}` : `the reader "${reader}"`
  return `The card ${name} is in ${place} (process ${process}).`
}
