import type { Certificate, TbsCertificate } from '../certificate.ts'
import type { KnownExtensions } from './known-extensions.ts'

/** The certificate of the CA that is about to sign. */
export interface LintIssuer {
  readonly certificate: Certificate
  readonly extensions: KnownExtensions
}

/** What a rule looks at. */
export interface LintSubject {
  readonly tbs: TbsCertificate
  readonly extensions: KnownExtensions
  /** null where the certificate signs itself. */
  readonly issuer: LintIssuer | null
  readonly now: Date
}

export interface LintRule {
  /** Stable, kebab-case. */
  readonly id: string
  /** The standard's clause that the rule enforces. */
  readonly clause: string
  /** What is wrong, or null. */
  check(subject: LintSubject): string | null
}
