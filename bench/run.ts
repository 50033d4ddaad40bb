import { parseArgs } from 'node:util'
import type { Measurement } from './measurement.ts'
import { renderJson, renderTable, renderVerdict } from './table.ts'

/** Each part loads what it measures only when it runs. */
const parts: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  certificates: async () => (await import('./x509/certificates.ts')).measureCertificates(),
  authority: async () => (await import('./ca/authority.ts')).measureAuthority(),
  commits: async () => (await import('./store/commits.ts')).measureCommits(),
  enrollments: async () => (await import('./server/enrollments.ts')).measureEnrollments(),
  walkthroughs: async () => (await import('./server/walkthroughs.ts')).measureWalkthroughs(),
  'sign-in': async () => (await import('./server/sign-in.ts')).measureSignIn(),
  negotiate: async () => (await import('./server/negotiate.ts')).measureNegotiate(),
  cards: async () => (await import('./cards/cards.ts')).measureCards(),
  start: async () => (await import('./server/start-time.ts')).measureStarts(),
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(parts) },
    json: { type: 'boolean', default: false },
  },
})

const measurements: Measurement[] = []
for (const name of values.only) {
  const measure = parts[name]
  if (measure === undefined) {
    process.stderr.write(`There is no part "${name}". The parts are ${Object.keys(parts).join(', ')}.\n`)
    process.exit(2)
  }
  process.stderr.write(`measuring ${name} …\n`)
  measurements.push(...(await measure()))
}
process.stdout.write(values.json ? renderJson(measurements) : renderTable(measurements))
process.stderr.write(renderVerdict(measurements))
