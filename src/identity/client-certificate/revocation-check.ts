import type { Clock } from '../../workflows/ports/clock.ts'
import type { Randomness } from '../../workflows/ports/randomness.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { SignInRefusal } from '../sign-in-refusal.ts'
import type { CertificationPath } from './certification-path.ts'
import type { FetchRevocationData } from './fetch-revocation-data.ts'
import { createOcspStatus } from './ocsp-status.ts'
import type { LastingAnswer } from './remembered-answers.ts'
import { createRevocationListStatus } from './revocation-list-status.ts'
import { after, earliest, type IssuedCertificate, type RevocationStatus } from './revocation-status.ts'

/** Whether a path without word of its revocation is refused, taken, or never asked about. */
export type RevocationRequirement = 'require' | 'prefer' | 'off'

export interface RevocationCheckOptions {
  readonly requirement: RevocationRequirement
  readonly fetch: FetchRevocationData
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
}

const longestName = 200

/**
 * Asks about every certificate of a path below the trusted one: by OCSP, and by CRL where that leads to nothing.
 *
 * @returns the check; it resolves to the instant up to which its result holds
 * @throws (the check) SignInRefusal revoked-certificate, revocation-unknown
 */
export function createRevocationCheck(
  options: RevocationCheckOptions,
): (path: CertificationPath) => Promise<Date> {
  const { requirement, clock } = options
  const byOcsp = createOcspStatus(options)
  const byList = createRevocationListStatus(options)

  async function statusOf(issued: IssuedCertificate): Promise<LastingAnswer<RevocationStatus>> {
    const said = await byOcsp(issued)
    return said.value === 'unknown' ? await byList(issued) : said
  }

  return async path => {
    const end = after(clock.now(), 60 * 60_000)
    if (requirement === 'off') return end
    const links = linksOf(path)
    const statuses = await Promise.all(links.map(statusOf))
    for (const [index, { value }] of statuses.entries()) {
      if (value === 'revoked') throw refusal('revoked-certificate', 'was revoked by its issuer', links[index])
    }
    for (const [index, { value }] of statuses.entries()) {
      if (value === 'unknown' && requirement === 'require') {
        throw refusal(
          'revocation-unknown',
          'may be revoked: no OCSP responder or revocation list that it names gave a usable answer. Make them reachable, ' +
            'or set clientCertificate.revocation to prefer',
          links[index],
        )
      }
    }
    return earliest(end, ...statuses.map(({ until }) => until))
  }
}

function linksOf(path: CertificationPath): IssuedCertificate[] {
  return path.flatMap((certificate, index) => {
    const issuer = path[index + 1]
    return issuer === undefined ? [] : [{ certificate, issuer }]
  })
}

function refusal(reason: string, what: string, link: IssuedCertificate | undefined): SignInRefusal {
  const name = link === undefined ? '' : formatName(link.certificate.subjectName).slice(0, longestName)
  return new SignInRefusal(reason, `The certificate of ${name} ${what}.`)
}
