import type { CertificateRecord } from '../../domain/certificate.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import { type Page, readPage } from './page.ts'
import { readProfile } from './read-profile.ts'
import { readSmartcard } from './read-smartcard.ts'

/** The certificates of a profile, newest first; none for an unknown one. Throws NotPermitted. */
export async function listProfileCertificates(
  environment: Pick<Environment, 'store' | 'directory'>,
  caller: Caller,
  profileUuid: string,
): Promise<readonly CertificateRecord[]> {
  const found = await readProfile(environment, caller, profileUuid)
  return found === null ? [] : await environment.store.reader.listCertificatesOfProfile(profileUuid)
}

/** The certificates of a smart card, newest first; none for an unknown one. Throws NotPermitted. */
export async function listSmartcardCertificates(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  smartcardUuid: string,
): Promise<readonly CertificateRecord[]> {
  const smartcard = await readSmartcard(environment, caller, smartcardUuid)
  return smartcard === null
    ? []
    : await environment.store.reader.listCertificatesOfProfile(smartcard.profileUuid)
}

/**
 * The caller's certificates, newest first; those of retired profiles are left out (contract §1). Throws InvalidParameter
 * where `after` is none of the caller's.
 */
export async function listUserCertificates(
  environment: Pick<Environment, 'store'>,
  caller: Caller,
  after: string | null = null,
): Promise<Page<CertificateRecord>> {
  const { reader } = environment.store
  return await readPage(after, page => reader.listCertificatesOfUser(caller.user.uuid, page))
}
