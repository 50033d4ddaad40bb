import { CardError, type CardErrorCode } from '../../card/card-error.ts'

/** What the package `smartcard` says for the result codes of PC/SC (PC/SC part 5): it hands on no numbers. */
const meanings: ReadonlyMap<string, CardErrorCode> = new Map([
  ['Card was removed', 'card-removed'],
  ['No smart card present', 'card-removed'],
  ['Reader unavailable', 'no-such-reader'],
  ['Unknown reader', 'no-such-reader'],
  ['No readers available', 'no-such-reader'],
  ['Sharing violation', 'reader-busy'],
  ['Operation timed out', 'card-timeout'],
  ['Insufficient buffer', 'unexpected-answer'],
  ['PC/SC service not running', 'card-service-unavailable'],
  ['PC/SC service stopped', 'card-service-unavailable'],
  ['Card is not connected', 'not-connected'],
  ['Invalid handle', 'not-connected'],
])

const advice: Partial<Record<CardErrorCode, string>> = {
  'card-removed': 'The card was taken out of its reader. Put it in again and repeat what you were doing.',
  'no-such-reader': 'There is no reader of this name. List the readers, and check that it is plugged in.',
  'reader-busy': 'Another program holds the card. Close it, or take the card out and put it in again.',
  'card-timeout':
    'The card did not answer in time. Take it out, put it in again and repeat what you were doing.',
  'unexpected-answer':
    'The card answered with more than any command asks for. Check that it is of a supported kind.',
  'card-service-unavailable':
    'The PC/SC service of this computer does not answer. Start it (Linux: pcscd; Windows: Smart Card), then try again.',
  'not-connected': 'The card was let go of. Connect to it again.',
  'card-failure':
    'The reader could not speak to the card. Take it out, wipe its contacts, and put it in again.',
}

/** What an error of the package `smartcard` means. */
export function pcscError(error: unknown): CardError {
  const said = error instanceof Error ? error.message : ''
  return cardErrorOf(meanings.get(said) ?? 'card-failure', said)
}

export function cardErrorOf(code: CardErrorCode, said = ''): CardError {
  const text = advice[code] ?? ''
  return new CardError(code, code === 'card-failure' && said !== '' ? `${text} (PC/SC: ${said}.)` : text)
}
