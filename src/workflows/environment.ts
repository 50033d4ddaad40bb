import type { SessionLimits } from '../domain/session.ts'
import type {
  CardMasterKeys,
  CertificationAuthority,
  Clock,
  Directory,
  FaultLog,
  Randomness,
  SecretRateLimit,
  Store,
  Vault,
} from './ports.ts'

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
