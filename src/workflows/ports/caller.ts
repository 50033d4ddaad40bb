import type { DirectoryUser } from '../../domain/directory-user.ts'
import type { Principal } from '../../domain/permission.ts'

/** The user on whose behalf a use case runs, and where the call came from. */
export interface Caller {
  readonly user: DirectoryUser
  readonly principal: Principal
  readonly correlationId: string
}
