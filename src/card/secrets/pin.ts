import { CardError } from '../card-error.ts'

export type CharacterRule = 'allowed' | 'required' | 'forbidden'

/** What a PIN must look like: the rules that virtual smart cards and smart card minidrivers know. */
export interface PinPolicy {
  readonly minimumLength: number
  readonly maximumLength: number
  readonly digits: CharacterRule
  readonly uppercase: CharacterRule
  readonly lowercase: CharacterRule
  /** Printable ASCII that is neither letter nor digit, the blank included. */
  readonly specialCharacters: CharacterRule
}

/** Six is the least that the known MIM CM client accepts, 127 the most that a Windows virtual smart card does. */
export const defaultPinPolicy: PinPolicy = {
  minimumLength: 6,
  maximumLength: 127,
  digits: 'allowed',
  uppercase: 'allowed',
  lowercase: 'allowed',
  specialCharacters: 'allowed',
}

const printableAscii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index))

const characterClasses = [
  { rule: 'digits', name: 'digits', pattern: /[0-9]/ },
  { rule: 'uppercase', name: 'upper-case letters', pattern: /[A-Z]/ },
  { rule: 'lowercase', name: 'lower-case letters', pattern: /[a-z]/ },
  { rule: 'specialCharacters', name: 'special characters', pattern: /[ -/:-@[-`{-~]/ },
] as const

/** Shorter random PINs would be guessed within a card's few tries too often. */
const minimumRandomLength = 4
/** The least lucky sensible policy (four classes required in four characters) succeeds once in 15 attempts. */
const maximumAttempts = 10_000

/**
 * What is wrong with a PIN, one sentence's predicate for each rule that it breaks ("must have at least 6
 * characters"); empty when it is good. Never repeats any part of the PIN.
 *
 * Characters outside printable ASCII are refused under every policy: readers and card applications disagree about
 * how to encode them, and a PIN that cannot be typed elsewhere locks its owner out.
 */
export function checkPin(policy: PinPolicy, pin: string): string[] {
  const violations: string[] = []
  if (pin.length < policy.minimumLength) {
    violations.push(`must have at least ${policy.minimumLength} characters`)
  }
  if (pin.length > policy.maximumLength) {
    violations.push(`must have at most ${policy.maximumLength} characters`)
  }
  if (!/^[ -~]*$/.test(pin)) {
    violations.push('must consist of unaccented letters, digits and the special characters of ASCII')
  }
  for (const { rule, name, pattern } of characterClasses) {
    if (policy[rule] === 'required' && !pattern.test(pin)) violations.push(`must contain ${name}`)
    if (policy[rule] === 'forbidden' && pattern.test(pin)) violations.push(`must not contain ${name}`)
  }
  return violations
}

/** Whether a PIN is one of those that are guessed first: one character repeated, or an even sequence such as 2468. */
export function isTrivialPin(pin: string): boolean {
  const steps = new Set<number>()
  for (let index = 1; index < pin.length; index++) {
    const step = pin.charCodeAt(index) - pin.charCodeAt(index - 1)
    // Sequences of digits may run over from 9 to 0.
    steps.add(/^[0-9]*$/.test(pin) ? (step + 10) % 10 : step)
  }
  return steps.size <= 1
}

/**
 * A random PIN that satisfies the policy and is not trivial; all such PINs over its alphabet are equally likely. The
 * alphabet is what people type most surely: the characters that the policy requires, and digits where it allows them;
 * where that is nothing, all that it allows.
 *
 * @param length 4 characters or more, within the policy
 * @param randomInt a uniform whole number from 0 to below its argument, such as `randomInt` of node:crypto
 * @throws CardError 'invalid-pin' where no PIN of that length can satisfy the policy
 */
export function randomPin(
  policy: PinPolicy,
  length: number,
  randomInt: (exclusiveMaximum: number) => number,
): string {
  if (!Number.isInteger(length) || length < minimumRandomLength) {
    throw new CardError('invalid-pin', `A random PIN needs ${minimumRandomLength} characters or more.`)
  }
  if (length < policy.minimumLength || length > policy.maximumLength) {
    throw new CardError('invalid-pin', `The PIN policy does not allow PINs of ${length} characters.`)
  }
  const alphabet = randomPinAlphabet(policy)
  for (let attempt = 0; alphabet.length > 0 && attempt < maximumAttempts; attempt++) {
    const pin = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
    // Whole PINs are drawn again: mending single characters would make some PINs likelier than others.
    if (!isTrivialPin(pin) && checkPin(policy, pin).length === 0) return pin
  }
  throw new CardError('invalid-pin', 'No random PIN satisfies the PIN policy. Allow more characters in it.')
}

function randomPinAlphabet(policy: PinPolicy): string[] {
  const charactersOf = (isWanted: (rule: keyof PinPolicy) => boolean) =>
    printableAscii.filter(character =>
      characterClasses.some(({ rule, pattern }) => isWanted(rule) && pattern.test(character)),
    )
  const preferred = charactersOf(
    rule => policy[rule] === 'required' || (rule === 'digits' && policy.digits === 'allowed'),
  )
  return preferred.length > 0 ? preferred : charactersOf(rule => policy[rule] === 'allowed')
}
