import type { SupportedRequestType } from '../../domain/request.ts'

/** What somebody leaves behind has to be revoked and retired whatever became of the account. */
export function endsOnly(type: SupportedRequestType): boolean {
  return type === 'retire' || type === 'revoke'
}
