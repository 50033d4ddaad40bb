import { toBigInt } from './der/bytes.ts'

/** The curves of NIST SP 800-186 that cards and clients use. */
export type NamedCurve = 'P-256' | 'P-384'

interface Parameters {
  /** The prime of the field. */
  readonly p: bigint
  /** The curve is y² = x³ − 3x + b. */
  readonly b: bigint
}

const parameters: Readonly<Record<NamedCurve, Parameters>> = {
  // SP 800-186 §3.2.1.3
  'P-256': {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  // SP 800-186 §3.2.1.4
  'P-384': {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
}

/**
 * Whether an uncompressed point (04, x, y) lies on its curve. Both curves have cofactor 1, so a point on the curve
 * is in the right group (SP 800-56A §5.6.2.3.4).
 */
export function isPointOnCurve(curve: NamedCurve, point: Uint8Array): boolean {
  const { p, b } = parameters[curve]
  const octets = (point.length - 1) / 2
  const x = toBigInt(point.subarray(1, 1 + octets))
  const y = toBigInt(point.subarray(1 + octets))
  if (x >= p || y >= p) return false
  return (y * y - (x * x * x - 3n * x + b)) % p === 0n
}
