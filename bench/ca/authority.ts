import { spawn } from 'node:child_process'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Measurement } from '../measurement.ts'
import type { AuthorityRate } from './authority-rate.ts'

const program = fileURLToPath(new URL('./authority-rate.ts', import.meta.url))

/**
 * Certificates a second from the issuing CA as the server uses it: prepared on the event loop, signed and verified on
 * one thread beside it, several under way. The number of those threads is fixed when a process starts.
 */
export async function measureAuthority(): Promise<Measurement[]> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // What the program prints is an array of these.
  const rates = (await json(child.stdout)) as AuthorityRate[]
  return rates.flatMap(({ keyAlgorithm, certificates, signatures }) => [
    {
      name: `${keyAlgorithm}: issuing CA`,
      value: certificates.perSecond,
      unit: '/s',
      peer: { name: 'raw signature', value: signatures.perSecond },
    },
    {
      name: `${keyAlgorithm}: issuing CA, per processor second`,
      value: certificates.perProcessorSecond,
      unit: '/s',
      peer: { name: 'raw signature', value: signatures.perProcessorSecond },
    },
  ])
}
