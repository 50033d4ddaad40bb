import type { RevocationList, RevokedCertificate } from '../../domain/revocation-list.ts'
import { decodeCertificateRevocationList } from '../../x509/certificate-revocation-list.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { CertificationAuthority } from '../ports/certification-authority.ts'

type PublishEnvironment = Pick<Environment, 'store' | 'clock' | 'revocationListHours'>

const hourMilliseconds = 60 * 60 * 1000

/**
 * Signs and keeps a new revocation list with everything that is revoked by now, or leaves that to others who do the same.
 * Whoever is overtaken twice need not publish: the second that came first began after the first list was there, and so
 * holds whatever was revoked before this call.
 */
export async function publishRevocationList(
  environment: PublishEnvironment,
  authority: CertificationAuthority,
): Promise<void> {
  if (!(await tryToPublish(environment, authority))) await tryToPublish(environment, authority)
}

/**
 * Publishes after a revocation was committed. It stays committed whatever becomes of the list: a fault is reported, and
 * the next look at what is due publishes.
 */
export async function publishCommittedRevocation(
  environment: PublishEnvironment & Pick<Environment, 'certificationAuthority' | 'faults'>,
): Promise<void> {
  try {
    await publishRevocationList(environment, environment.certificationAuthority)
  } catch (error) {
    environment.faults.report('a revocation list could not be published after a revocation', error)
  }
}

/** False where somebody else published a list of the same number. */
async function tryToPublish(
  environment: PublishEnvironment,
  authority: CertificationAuthority,
): Promise<boolean> {
  const { reader, transactor } = environment.store
  const latest = await reader.findLatestRevocationList(authority.uuid)
  const thisUpdate = wholeSecond(environment.clock.now())
  const list = {
    number: (latest?.number ?? 0) + 1,
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + environment.revocationListHours * hourMilliseconds),
    revoked: await reader.listRevokedCertificates(authority.uuid, thisUpdate),
  }
  const der = await authority.signRevocationList(list)
  return await transactor.transaction(async transaction => {
    const isNew = await transaction.insertRevocationList({
      certificationAuthorityUuid: authority.uuid,
      number: list.number,
      der,
      thisUpdate: list.thisUpdate,
      nextUpdate: list.nextUpdate,
    })
    if (!isNew) return false
    await transaction.audit(
      auditEntry(environment, null, 'certificate-revocation-list-published', {
        subject: authority.uuid,
        facts: { number: list.number, entries: list.revoked.length },
      }),
    )
    return true
  })
}

/** RFC 5280 §5.1.2.4: the times of a list have no fractions. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}

/**
 * Publishes where it is due: no list yet, a revocation that the latest one does not hold, or `intervalHours` since the
 * latest one. Returns whether it was.
 */
export async function publishDueRevocationList(
  environment: PublishEnvironment,
  authority: CertificationAuthority,
  intervalHours: number,
): Promise<boolean> {
  const { reader } = environment.store
  const latest = await reader.findLatestRevocationList(authority.uuid)
  const now = environment.clock.now()
  const isDue =
    latest === null ||
    now.getTime() - latest.thisUpdate.getTime() >= intervalHours * hourMilliseconds ||
    holdsNotAll(latest, await reader.listRevokedCertificates(authority.uuid, now))
  if (isDue) await publishRevocationList(environment, authority)
  return isDue
}

/** Times do not tell: a revocation is dated when its transaction begins, and may come after a list that is younger. */
function holdsNotAll(latest: RevocationList, revoked: readonly RevokedCertificate[]): boolean {
  const listed = new Set(
    decodeCertificateRevocationList(latest.der).entries.map(({ serialNumber }) =>
      Buffer.from(serialNumber).toString('hex').toUpperCase(),
    ),
  )
  return revoked.some(({ serialNumber }) => !listed.has(serialNumber))
}
