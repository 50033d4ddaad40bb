import { type Measurement, meetsTarget, ratio } from './measurement.ts'

const heading = ['what', 'value', 'beside, in the same run', 'ratio', 'target', '']

/** The measurements as lines of text, in columns. */
export function renderTable(measurements: readonly Measurement[]): string {
  const rows = [heading, ...measurements.map(cells)]
  const widths = heading.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) => align(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('')
}

/** The measurements for machines. */
export function renderJson(measurements: readonly Measurement[]): string {
  const objects = measurements.map(measurement => ({
    ...measurement,
    ratio: ratio(measurement),
    isTargetMet: meetsTarget(measurement),
  }))
  return `${JSON.stringify(objects, null, 2)}\n`
}

/** A sentence that names the targets that were missed. */
export function renderVerdict(measurements: readonly Measurement[]): string {
  const missed = measurements.filter(measurement => meetsTarget(measurement) === false)
  if (missed.length === 0) return 'No target was missed.\n'
  return `Missed: ${missed.map(({ name }) => name).join('; ')}.\n`
}

function cells(measurement: Measurement): string[] {
  const { name, value, unit, peer } = measurement
  const share = ratio(measurement)
  return [
    name,
    quantity(value, unit),
    peer === undefined ? '' : `${quantity(peer.value, unit)} ${peer.name}`,
    share === null ? '' : share.toFixed(2),
    target(measurement),
    verdict(measurement),
  ]
}

function target({ target, unit }: Measurement): string {
  if (target === undefined) return ''
  return 'valueAtMost' in target
    ? `≤ ${quantity(target.valueAtMost, unit)}`
    : `≥ ${target.ratioAtLeast.toFixed(2)}`
}

function verdict(measurement: Measurement): string {
  const isMet = meetsTarget(measurement)
  if (isMet === null) return ''
  return isMet ? 'met' : 'MISSED'
}

function quantity(value: number, unit: string): string {
  const digits = value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
  return unit.startsWith('/') ? `${digits}${unit}` : `${digits} ${unit}`
}

function align(cell: string, width: number, column: number): string {
  const isNumber = column === 1 || column === 3
  return isNumber ? cell.padStart(width) : cell.padEnd(width)
}
