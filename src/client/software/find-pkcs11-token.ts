import { CardError } from '../../card/card-error.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { printableText } from '../printable-text.ts'
import { type Pkcs11Module, runPkcs11Tool } from './pkcs11-module.ts'
import { lockedPin, unsetPin, unusableModule } from './pkcs11-refusal.ts'

/** A token as its module lists it. */
export interface ListedToken {
  /** Of the slot that it is in now; another one after the next start of the computer, perhaps. */
  readonly slotId: string
  readonly label: string
  readonly serialNumber: string
  /** In the words of pkcs11-tool. */
  readonly flags: readonly string[]
  readonly isInitialized: boolean
}

const longestLabel = 100

/** What pkcs11-tool says of the slots of a module; slots without a token are left out. */
export function parseTokenList(text: string): readonly ListedToken[] {
  const blocks = text.split(/^(?=Slot \d+ \(0x[0-9a-f]+\))/m).slice(1)
  return blocks
    .filter(block => /^ {2}token (?:label|state) *:/m.test(block))
    .map(block => {
      const field = (name: string) => new RegExp(`^ {2}${name} *: *(.*?) *$`, 'm').exec(block)?.[1] ?? ''
      return {
        slotId: /^Slot \d+ \((0x[0-9a-f]+)\)/.exec(block)?.[1] ?? '',
        label: field('token label'),
        serialNumber: field('serial num'),
        flags: field('token flags').split(', '),
        isInitialized: field('token state') !== 'uninitialized',
      }
    })
}

/**
 * The token that somebody names by its label or serial number, or the only one of the module.
 *
 * @throws EnrollmentError target-unusable; CardError 'pin-blocked', 'last-pin-try', 'pin-not-set': all of it said by the
 *   token without its PIN
 */
export async function findPkcs11Token(module: Pkcs11Module, named: string | null): Promise<ListedToken> {
  const { code, output, said } = await runPkcs11Tool(module, ['--list-slots'])
  if (code !== 0) throw unusableModule(module.path, said)
  const token = chooseToken(parseTokenList(output.toString('utf8')), named)
  requireTries(token)
  return token
}

/** @throws EnrollmentError target-unusable, with the tokens that there are */
export function chooseToken(all: readonly ListedToken[], named: string | null): ListedToken {
  const usable = all.filter(({ isInitialized }) => isInitialized)
  const found = usable.filter(
    ({ label, serialNumber }) => named === null || label === named || serialNumber === named,
  )
  const [token, ...others] = found
  if (token !== undefined && others.length === 0) return token
  throw new EnrollmentError(
    'target-unusable',
    `${whyNone(usable, found, named, all.length)}${listOf(usable)}`,
  )
}

/** Throws CardError where a PIN would be refused, or a wrong one would lock the token. */
export function requireTries({ label, flags }: ListedToken): void {
  const token = nameOf(label)
  if (flags.includes('user PIN locked')) throw lockedPin(token)
  if (!flags.includes('PIN initialized')) throw unsetPin(token)
  if (!flags.includes('final user PIN try')) return
  throw new CardError(
    'last-pin-try',
    `The token ${token} takes one more PIN, and a wrong one locks it: none was sent. Log in with pkcs11-tool first.`,
  )
}

/** As it stands in messages. */
export function nameOf(label: string): string {
  return `"${printableText(label, longestLabel)}"`
}

function whyNone(
  usable: readonly ListedToken[],
  found: readonly ListedToken[],
  named: string | null,
  count: number,
): string {
  if (usable.length === 0) {
    return count === 0
      ? 'The PKCS#11 module has no token. Plug it in.'
      : 'The PKCS#11 module has no token that is initialized. Do that first, for instance with "pkcs11-tool --init-token".'
  }
  if (named === null) return 'Which token? Give --token with its label or its serial number.'
  if (found.length > 1)
    return `Several tokens are called ${nameOf(named)}. Give --token with a serial number.`
  return `There is no initialized token ${nameOf(named)}.`
}

function listOf(usable: readonly ListedToken[]): string {
  if (usable.length === 0) return ''
  const lines = usable.map(
    ({ label, serialNumber }) =>
      `\n  ${nameOf(label)}, serial number ${printableText(serialNumber, longestLabel)}`,
  )
  return ` There are:${lines.join('')}`
}
