import type { ClientCertificateConfiguration } from '../../config/configuration.ts'
import { createRevocationDataFetch } from '../../identity/client-certificate/fetch-revocation-data.ts'
import { createRevocationCheck } from '../../identity/client-certificate/revocation-check.ts'
import { SignInRefusal } from '../../identity/sign-in-refusal.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { equalBytes } from '../../x509/der/bytes.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { systemClock } from '../environment/system-clock.ts'
import { systemRandomness } from '../environment/system-randomness.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'
import { printSection, printUnused, type Row } from './auth-test-section.ts'
import { readClientAuthorities, readThumbprints } from './read-client-certificate-files.ts'

/** The authorities that certificates may be of, and whether it can be learnt that one of theirs was revoked. Returns what is wrong. */
export async function testClientCertificates(
  configuration: ClientCertificateConfiguration | undefined,
): Promise<string[]> {
  if (configuration === undefined) {
    printUnused('Client certificates', 'they need TLS of the server itself, and clientCertificate.enabled')
    return []
  }
  const { authoritiesFile, mapping, thumbprintsFile, revocation } = configuration
  const faults: string[] = []
  const reading = async <Result>(file: string | undefined, work: Promise<Result>): Promise<Result | null> => {
    try {
      return await work
    } catch (error) {
      const explained = file === undefined ? error : unreadableFile(file, error)
      if (!(explained instanceof UsageError)) throw explained
      faults.push(explained.message)
      return null
    }
  }
  const authorities = (await reading(authoritiesFile, readClientAuthorities(authoritiesFile))) ?? []
  const thumbprints = await reading(thumbprintsFile, readThumbprints(thumbprintsFile))
  const rows: Row[] = [["Cardinal's own", 'taken; whether one was revoked is looked up in the database']]
  for (const authority of authorities) {
    const { row, fault } = await look(authority, authorities, revocation)
    rows.push(row)
    if (fault !== null) faults.push(fault)
  }
  printSection('Client certificates', [
    ...rows,
    ['revocation', `${revocation}; the lists for people are named by their certificates`],
    ['mapping', mapping.join(', ')],
    ...(thumbprintsFile === undefined
      ? []
      : [['thumbprints', String(thumbprints?.size ?? 'unreadable')] as const]),
  ])
  return faults
}

async function look(
  authority: Certificate,
  authorities: readonly Certificate[],
  revocation: ClientCertificateConfiguration['revocation'],
): Promise<{ readonly row: Row; readonly fault: string | null }> {
  const name = formatName(authority.subjectName)
  const { notBefore, notAfter } = authority
  const now = systemClock.now()
  const until = `valid until ${notAfter.toISOString()}`
  if (now < notBefore || now > notAfter) {
    return {
      row: [name, `not valid now; ${until}`],
      fault: `The authority ${name} is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}: none of its certificates signs in.`,
    }
  }
  const isRoot = equalBytes(authority.subject, authority.issuer)
  const issuer = authorities.find(({ subject }) => equalBytes(subject, authority.issuer))
  if (isRoot || issuer === undefined) return { row: [name, `${until}; a root`], fault: null }
  if (revocation === 'off') return { row: [name, `${until}; its revocation is not asked about`], fault: null }
  const refusal = await refusalOf(authority, issuer)
  if (refusal === null)
    return { row: [name, `${until}; its issuer says that it is not revoked`], fault: null }
  const isHarmless = refusal.reason === 'revocation-unknown' && revocation === 'prefer'
  return {
    row: [name, `${until}; ${refusal.reason}`],
    fault: isHarmless ? null : refusal.message,
  }
}

async function refusalOf(certificate: Certificate, issuer: Certificate): Promise<SignInRefusal | null> {
  const check = createRevocationCheck({
    requirement: 'require',
    fetch: createRevocationDataFetch(),
    clock: systemClock,
    randomness: systemRandomness,
  })
  try {
    await check([certificate, issuer])
    return null
  } catch (error) {
    if (error instanceof SignInRefusal) return error
    throw error
  }
}
