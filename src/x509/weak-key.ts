import { toBigInt } from './der/bytes.ts'
import type { RsaPublicKey, SubjectPublicKeyInfo } from './public-key.ts'

/** Why a public key must not be certified. */
export type KeyWeakness =
  | 'exponent-even'
  | 'exponent-too-small'
  | 'exponent-too-large'
  | 'modulus-even'
  | 'modulus-has-small-factor'
  | 'modulus-roca'
  | 'modulus-close-primes'

// FIPS 186-5 §A.1.1: 2^16 < e < 2^256.
const minimumExponent = 65537n
const maximumExponent = 1n << 256n
const fermatRounds = 100

const oddPrimes = sieve(752).slice(1)
const primeGroups = groupPrimes(oddPrimes)
const rocaResidues = oddPrimes.filter(prime => prime <= 167).map(prime => powersOf65537(prime))

/**
 * Looks for the weaknesses of RSA keys that can be seen in the public key alone and quickly: a bad exponent
 * (NIST SP 800-89 §5.3.3), a prime factor below 752 (SP 800-89 §5.3.3 (f)), the key generation of CVE-2017-15361 (ROCA:
 * Nemec et al., "The Return of Coppersmith's Attack", 2017, §2.2), and prime factors so close that Fermat's method
 * finds them in 100 rounds (CVE-2022-26320).
 *
 * Keys on P-256 and P-384 have none; their points were checked when they were decoded. Not covered: keys from lists,
 * such as those of Debian's OpenSSL (CVE-2008-0166) or published private keys; factors shared with other keys; keys
 * that are merely too short, which the certificate template decides.
 *
 * @returns the first weakness found, or null
 */
export function findKeyWeakness(key: SubjectPublicKeyInfo): KeyWeakness | null {
  return key.algorithm === 'RSA' ? findRsaWeakness(key) : null
}

function findRsaWeakness(key: RsaPublicKey): KeyWeakness | null {
  const exponent = toBigInt(key.exponent)
  if (exponent % 2n === 0n) return 'exponent-even'
  if (exponent < minimumExponent) return 'exponent-too-small'
  if (exponent > maximumExponent) return 'exponent-too-large'
  const modulus = toBigInt(key.modulus)
  if (modulus % 2n === 0n) return 'modulus-even'
  const residues = residuesModuloPrimes(modulus)
  if (residues.includes(0)) return 'modulus-has-small-factor'
  if (rocaResidues.every((powers, index) => powers.has(residues[index] ?? 0))) return 'modulus-roca'
  return hasClosePrimes(modulus) ? 'modulus-close-primes' : null
}

function sieve(limit: number): number[] {
  const composite = new Set<number>()
  const primes: number[] = []
  for (let candidate = 2; candidate < limit; candidate++) {
    if (composite.has(candidate)) continue
    primes.push(candidate)
    for (let multiple = candidate * candidate; multiple < limit; multiple += candidate)
      composite.add(multiple)
  }
  return primes
}

/** Consecutive primes whose product a number holds exactly, so that one long division serves several of them. */
function groupPrimes(primes: readonly number[]): { primes: number[]; product: number }[] {
  const groups: { primes: number[]; product: number }[] = []
  for (const prime of primes) {
    const group = groups.at(-1)
    if (group !== undefined && group.product * prime <= Number.MAX_SAFE_INTEGER) {
      group.primes.push(prime)
      group.product *= prime
    } else groups.push({ primes: [prime], product: prime })
  }
  return groups
}

/** The modulus modulo each of `oddPrimes`, in their order. */
function residuesModuloPrimes(modulus: bigint): number[] {
  return primeGroups.flatMap(({ primes, product }) => {
    const residue = Number(modulus % BigInt(product))
    return primes.map(prime => residue % prime)
  })
}

/** ROCA primes are k·M + 65537^a mod M for a primorial M, so the modulus is a power of 65537 modulo each prime in M. */
function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power)
  return powers
}

/** Fermat's factorization: is a² − n a square for one of the first a from √n upwards? */
function hasClosePrimes(modulus: bigint): boolean {
  let a = squareRoot(modulus)
  if (a * a < modulus) a += 1n
  let difference = a * a - modulus
  for (let round = 0; round < fermatRounds; round++) {
    if (isSquare(difference)) return true
    difference += 2n * a + 1n
    a += 1n
  }
  return false
}

const squaresModulo256 = new Set(Array.from({ length: 256 }, (_, root) => (root * root) % 256))

function isSquare(value: bigint): boolean {
  // Five of six numbers are sorted out by their last eight bits.
  if (!squaresModulo256.has(Number(value & 0xffn))) return false
  const root = squareRoot(value)
  return root * root === value
}

/** The integer below or at the square root, by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt((value.toString(16).length + 1) * 2)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
