import type { Certificate } from '../../x509/certificate.ts'

/** `unknown`: nobody who may say so could be asked. */
export type RevocationStatus = 'good' | 'revoked' | 'unknown'

/** A certificate below a trusted one, and who issued it. */
export interface IssuedCertificate {
  readonly certificate: Certificate
  readonly issuer: Certificate
}

/** How far the clock of whoever signs revocation data may be ahead of ours. */
export const clockToleranceMilliseconds = 5 * 60_000

/** Data that lasts for days is asked for anew after this time: a new list may be out long before the old one ends. */
export const longestBelief = 60 * 60_000

/** A failure is believed for a short time only, but long enough that nobody makes us ask on every call. */
export const failureBelief = 10_000

/** The earliest of these instants. */
export function earliest(first: Date, ...others: readonly Date[]): Date {
  return others.reduce((soonest, each) => (each < soonest ? each : soonest), first)
}

export function after(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() + milliseconds)
}
