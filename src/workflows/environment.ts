import type { SessionLimits } from '../domain/session.ts'
import type { CertificationAuthority } from './ports/certification-authority.ts'
import type { Clock } from './ports/clock.ts'
import type { Directory } from './ports/directory.ts'
import type { FaultLog } from './ports/fault-log.ts'
import type { Randomness } from './ports/randomness.ts'
import type { SecretRateLimit } from './ports/secret-rate-limit.ts'
import type { Store } from './ports/store.ts'
import type { CardMasterKeys, Vault } from './ports/vault.ts'

/** What the use cases work with. Each takes only the slice that it needs. */
export interface Environment {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly randomness: Randomness
  /** The authority that issues to users. */
  readonly certificationAuthority: CertificationAuthority
  readonly rootAuthority: CertificationAuthority
  readonly cardMasterKeys: CardMasterKeys
  readonly vault: Vault
  readonly secretRateLimit: SecretRateLimit
  readonly faults: FaultLog
  /** Hours from a revocation list's thisUpdate to its nextUpdate. */
  readonly revocationListHours: number
  readonly sessionLimits: SessionLimits
}
