import { type Certificate, decodeTbsCertificate, type TbsCertificate } from './certificate.ts'
import { basicRules } from './lint/basic-rules.ts'
import { extensionRules } from './lint/extension-rules.ts'
import { issuerRules } from './lint/issuer-rules.ts'
import { keyRules } from './lint/key-rules.ts'
import { decodeKnownExtensions } from './lint/known-extensions.ts'
import type { LintFinding } from './lint/lint-finding.ts'
import type { LintIssuer, LintRule, LintSubject } from './lint/lint-rule.ts'
import { nameRules } from './lint/name-rules.ts'
import { X509Error } from './x509-error.ts'

/** All rules, each with its identifier and the clause that it enforces. */
export const lintRules: readonly LintRule[] = [
  ...basicRules,
  ...issuerRules,
  ...nameRules,
  ...keyRules,
  ...extensionRules,
]

/** A certificate that must not be signed, with everything that is wrong with it. */
export class LintError extends Error {
  override readonly name = 'LintError'
  readonly findings: readonly LintFinding[]

  constructor(findings: readonly LintFinding[]) {
    super(`certificate refused: ${findings.map(({ id, message }) => `${id} (${message})`).join('; ')}`)
    this.findings = findings
  }
}

let create: (tbs: Uint8Array, decoded: TbsCertificate) => LintedTbsCertificate

/** Proof that bytes went through the lint. Only `lintTbsCertificate` makes one, and its bytes can be taken once. */
export class LintedTbsCertificate {
  #tbs: Uint8Array | null
  /** What the bytes say, to look at before signing and to compare with afterwards. */
  readonly decoded: TbsCertificate

  private constructor(tbs: Uint8Array, decoded: TbsCertificate) {
    this.#tbs = tbs
    this.decoded = decoded
  }

  static {
    create = (tbs, decoded) => new LintedTbsCertificate(tbs, decoded)
  }

  /** A copy of the bytes, to look at and to store before they are signed. */
  peek(): Uint8Array {
    if (this.#tbs === null) throw new Error('the linted certificate was already taken')
    return this.#tbs.slice()
  }

  /**
   * The bytes to sign.
   *
   * @throws Error the second time
   */
  take(): Uint8Array {
    if (this.#tbs === null) throw new Error('the linted certificate was already taken')
    const tbs = this.#tbs
    this.#tbs = null
    return tbs
  }
}

/**
 * Checks a TBSCertificate against RFC 5280 and what else the rules demand, before it is signed.
 *
 * @param context.issuer the issuing CA's certificate, or null for a certificate that signs itself
 * @param context.now the present time
 * @returns a token for a private copy of the bytes
 * @throws LintError with all findings
 */
export function lintTbsCertificate(
  tbs: Uint8Array,
  context: { readonly issuer: Certificate | null; readonly now: Date },
): LintedTbsCertificate {
  // A copy, so that nobody changes the bytes between the lint and the signature.
  const copy = new Uint8Array(tbs)
  const decoded = decodeOrRefuse(copy)
  const { known, findings } = decodeKnownExtensions(decoded.extensions)
  const subject: LintSubject = {
    tbs: decoded,
    extensions: known,
    issuer: context.issuer === null ? null : lookAtIssuer(context.issuer),
    now: context.now,
  }
  for (const { id, clause, check } of lintRules) {
    const message = check(subject)
    if (message !== null) findings.push({ id, clause, message })
  }
  if (findings.length > 0) throw new LintError(findings)
  return create(copy, decoded)
}

const issuers = new WeakMap<Certificate, LintIssuer>()

/** A CA's own certificate is the same for all that it issues. */
function lookAtIssuer(certificate: Certificate): LintIssuer {
  const seen = issuers.get(certificate)
  if (seen !== undefined) return seen
  const issuer = { certificate, extensions: decodeKnownExtensions(certificate.extensions).known }
  issuers.set(certificate, issuer)
  return issuer
}

function decodeOrRefuse(tbs: Uint8Array): TbsCertificate {
  try {
    return decodeTbsCertificate(tbs)
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new LintError([{ id: 'well-formed', clause: 'RFC 5280 §4.1', message: error.message }])
  }
}
