import type { Measurement } from '../measurement.ts'
import { run } from './certificate-rate.ts'

/** What the processor spends on a certificate, as a share of the signature alone. */
const targets: Readonly<Record<string, number>> = { 'RSA-2048': 0.8, 'P-256': 0.3 }

/** Building, linting and signing certificates on one thread, beside the raw signature and two libraries. */
export async function measureCertificates(): Promise<Measurement[]> {
  const rows = await run()
  return Object.entries(targets).flatMap(([kind, ratioAtLeast]) => {
    const perSecond = (what: string) => {
      const row = rows.find(({ name }) => name === `${kind}: ${what}`)
      if (row === undefined) throw new Error(`The rate of ${kind}: ${what} was not measured.`)
      return row.perSecond
    }
    const peer = { name: 'raw signature', value: perSecond('raw node:crypto signature') }
    const ours = perSecond('build, lint and sign')
    return [
      { name: `${kind}: build, lint, sign`, value: ours, unit: '/s', peer, target: { ratioAtLeast } },
      { name: `${kind}: @peculiar/x509`, value: perSecond('@peculiar/x509'), unit: '/s', peer },
      { name: `${kind}: pkijs`, value: perSecond('pkijs'), unit: '/s', peer },
    ]
  })
}
