import { type CertificatePublication, shouldBePublished } from '../../domain/certificate-publication.ts'
import { auditEntry } from '../audit-entry.ts'
import type { Environment } from '../environment.ts'
import type { CertificateDirectory } from '../ports/directory.ts'

export interface PublicationEnvironment extends Pick<Environment, 'store' | 'clock' | 'faults'> {
  readonly certificateDirectory: CertificateDirectory
}

/** Read at a time. */
const batch = 100
const firstPause = 5_000
const longestPause = 60 * 60_000

/**
 * Brings the company's directory in line with the certificates that are to stand in it: valid ones are added, others taken
 * away. What cannot be done stays due. While the directory is down everything waits; where it refuses one certificate,
 * that one waits longer each time, up to an hour, and the others go on.
 *
 * What is done is read from the state of the certificate, so it may be done twice, by several servers at once, or after
 * any crash.
 *
 * What the server's own store throws is thrown on: it says nothing about the directory, and the certificate stays due.
 *
 * @returns how many are in line now that were not
 */
export async function publishToDirectory(environment: PublicationEnvironment): Promise<number> {
  const { store, clock } = environment
  let settled = 0
  for (;;) {
    const due = await store.reader.listDuePublications(clock.now(), batch)
    for (const publication of due) {
      const now = clock.now()
      try {
        await changeDirectory(environment, publication, now)
      } catch (error) {
        if (await isDown(environment)) return settled
        await postpone(environment, publication, error)
        continue
      }
      await settle(environment, publication, now)
      settled += 1
    }
    if (due.length < batch) return settled
  }
}

async function changeDirectory(
  { certificateDirectory }: PublicationEnvironment,
  { certificate }: CertificatePublication,
  now: Date,
): Promise<void> {
  const user = { uuid: certificate.ownerUuid }
  const der = certificate.certificate
  if (der === null) return
  if (shouldBePublished(certificate, now)) await certificateDirectory.publishCertificate(user, der)
  else await certificateDirectory.withdrawCertificate(user, der)
}

async function settle(
  environment: PublicationEnvironment,
  { certificate, generation }: CertificatePublication,
  now: Date,
): Promise<void> {
  const isWanted = shouldBePublished(certificate, now)
  const isAfterLastMoment = now > certificate.notAfter
  // It is valid up to and including its last moment (RFC 5280 §4.1.2.5).
  const end = new Date(certificate.notAfter.getTime() + 1)
  const next = certificate.state === 'revoked' || isAfterLastMoment ? null : end
  await environment.store.transactor.transaction(async transaction => {
    if (!(await transaction.settlePublication(certificate.uuid, generation, next))) {
      // Something changed meanwhile, and what was written just now may be what somebody else had taken away.
      await transaction.requestPublication(certificate.uuid, now)
    }
    const action = isWanted ? 'certificate-published-to-directory' : 'certificate-withdrawn-from-directory'
    await transaction.audit(
      auditEntry(environment, null, action, {
        requestUuid: certificate.requestUuid,
        subject: certificate.serialNumber,
        facts: { owner: certificate.ownerUuid },
      }),
    )
  })
}

async function isDown({ certificateDirectory }: PublicationEnvironment): Promise<boolean> {
  return await certificateDirectory.check().then(
    () => false,
    () => true,
  )
}

async function postpone(
  { store, clock, faults }: PublicationEnvironment,
  { certificate, generation, attempts }: CertificatePublication,
  error: unknown,
): Promise<void> {
  const pause = Math.min(longestPause, firstPause * 2 ** Math.min(attempts, 20))
  const until = new Date(clock.now().getTime() + pause)
  faults.report(
    `the directory does not take the certificate ${certificate.serialNumber} of the user ${certificate.ownerUuid}; tried again ${until.toISOString()}`,
    error,
  )
  await store.transactor.transaction(transaction =>
    transaction.postponePublication(certificate.uuid, generation, until),
  )
}
