import type { CertificateRecord } from '../../domain/certificate.ts'
import type { Environment } from '../environment.ts'

/** Certificates that the company's directory should hold and does not, or holds and should not. */
export interface WaitingPublications {
  /** At 2000 there may be more. */
  readonly count: number
  /** When the first of them was issued, revoked or expired. */
  readonly since: Date
}

const most = 1_000
/** What waits for less is on its way. */
const usualMilliseconds = 60_000
/** What was refused is tried again within this time. */
const longestPause = 60 * 60_000

/** What has waited for longer than usual, or was refused; null where nothing has. */
export async function findWaitingPublications({
  store,
  clock,
}: Pick<Environment, 'store' | 'clock'>): Promise<WaitingPublications | null> {
  const { reader } = store
  const now = clock.now()
  const usual = new Date(now.getTime() - usualMilliseconds)
  const overdue = (await reader.listDuePublications(usual, most)).filter(
    ({ certificate }) => sinceWhen(certificate, now) <= usual,
  )
  const soon = await reader.listDuePublications(new Date(now.getTime() + longestPause), most)
  const refused = soon.filter(({ attempts }) => attempts > 0)
  const waiting = new Map(
    [...overdue, ...refused].map(({ certificate }) => [certificate.uuid, sinceWhen(certificate, now)]),
  )
  if (waiting.size === 0) return null
  const times = [...waiting.values()].map(since => since.getTime())
  return { count: waiting.size, since: new Date(Math.min(...times)) }
}

function sinceWhen({ revokedAt, notBefore, notAfter }: CertificateRecord, now: Date): Date {
  return revokedAt ?? (now > notAfter ? notAfter : notBefore)
}
