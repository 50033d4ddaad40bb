import type { RevocationReason } from '../../domain/policy.ts'
import { nextProfileStatus } from '../../domain/profile.ts'
import { accept } from '../../domain/refusal.ts'
import type { SmartcardFlag } from '../../domain/smartcard.ts'
import type { Environment } from '../environment.ts'
import type { Caller } from '../ports/caller.ts'
import type { Transaction } from '../ports/store.ts'
import { cancelSuccessors } from './cancel-successors.ts'
import { changeSmartcardStatus } from './change-smartcard-status.ts'
import { revokeCertificates } from './revoke-certificates.ts'

export interface AssignmentEnd {
  readonly requestUuid: string
  readonly smartcardUuid: string | null
  readonly profileUuid: string
  readonly event: 'disable' | 'retire'
  /** null where the certificates stay valid. */
  readonly revocation: RevocationReason | null
  /** Marks that a new assignment takes this one's place. */
  readonly flags: readonly Extract<SmartcardFlag, 'superseded' | 'reused'>[]
}

/**
 * Disables or retires a profile and its card, revokes its certificates, and cancels what was to take its place.
 * What is already so stays so.
 */
export async function endAssignment(
  environment: Pick<Environment, 'clock'>,
  transaction: Transaction,
  caller: Caller,
  end: AssignmentEnd,
): Promise<void> {
  const wanted = end.event === 'retire' ? 'retired' : 'disabled'
  const smartcard = end.smartcardUuid === null ? null : await transaction.lockSmartcard(end.smartcardUuid)
  if (smartcard !== null && smartcard.status !== wanted && smartcard.status !== 'retired') {
    await changeSmartcardStatus(
      environment,
      transaction,
      caller,
      end.requestUuid,
      smartcard,
      end.event,
      end.flags,
    )
  }
  const profile = await transaction.lockProfile(end.profileUuid)
  if (profile !== null && profile.status !== wanted && profile.status !== 'retired') {
    const flags = end.flags.includes('superseded') ? (['superseded'] as const) : []
    const status = accept(nextProfileStatus(profile.status, end.event))
    await transaction.updateProfile({ ...profile, status, flags: [...profile.flags, ...flags] })
  }
  await cancelSuccessors(environment, transaction, caller, end.profileUuid, end.requestUuid)
  if (end.revocation !== null) {
    const records = await transaction.listCertificatesOfProfile(end.profileUuid)
    await revokeCertificates(environment, transaction, caller, records, end.revocation)
  }
}
