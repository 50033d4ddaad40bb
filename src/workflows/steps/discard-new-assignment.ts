import { nextProfileStatus } from '../../domain/profile.ts'
import { accept } from '../../domain/refusal.ts'
import type { Request } from '../../domain/request.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { changeSmartcardStatus } from './change-smartcard-status.ts'
import { revokeCertificates } from './revoke-certificates.ts'

/**
 * Takes back what an unfinished request has assigned: its new card and profile are retired, issued certificates revoked,
 * prepared ones never signed. What the request was about stays as it was.
 */
export async function discardNewAssignment(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  request: Request,
): Promise<void> {
  if (request.newSmartcardUuid !== null && request.newSmartcardUuid !== request.oldSmartcardUuid) {
    const smartcard = await transaction.lockSmartcard(request.newSmartcardUuid)
    if (smartcard !== null && smartcard.status !== 'retired') {
      await changeSmartcardStatus(environment, transaction, caller, request.uuid, smartcard, 'retire')
    }
  }
  if (request.newProfileUuid !== null && request.newProfileUuid !== request.oldProfileUuid) {
    const profile = await transaction.lockProfile(request.newProfileUuid)
    if (profile !== null && profile.status !== 'retired') {
      await transaction.updateProfile({
        ...profile,
        status: accept(nextProfileStatus(profile.status, 'retire')),
      })
    }
  }
  const records = await transaction.listCertificatesOfRequest(request.uuid)
  await revokeCertificates(environment, transaction, caller, records, 'cessation-of-operation')
}
