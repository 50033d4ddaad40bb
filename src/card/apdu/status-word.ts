/** The status words that our cards answer with or our drivers look for (ISO/IEC 7816-4 §5.1.3, tables 5 and 6). */
export const statusWord = {
  success: 0x9000,
  fileDeactivated: 0x6283,
  memoryFailure: 0x6581,
  wrongLength: 0x6700,
  logicalChannelNotSupported: 0x6881,
  secureMessagingNotSupported: 0x6882,
  securityStatusNotSatisfied: 0x6982,
  authenticationMethodBlocked: 0x6983,
  conditionsOfUseNotSatisfied: 0x6985,
  incorrectData: 0x6a80,
  functionNotSupported: 0x6a81,
  fileNotFound: 0x6a82,
  notEnoughMemory: 0x6a84,
  incorrectParameters: 0x6a86,
  referencedDataNotFound: 0x6a88,
  fileAlreadyExists: 0x6a89,
  instructionNotSupported: 0x6d00,
  classNotSupported: 0x6e00,
  noPreciseDiagnosis: 0x6f00,
} as const

/** '63Cx': so many further tries are allowed; 15 stands for 15 and more (ISO/IEC 7816-4 table 6). */
export function statusWordOfTriesLeft(triesLeft: number): number {
  return 0x63c0 | Math.min(triesLeft, 15)
}

/** The number in a '63Cx'; nothing where the status word is another. */
export function triesLeftOfStatusWord(word: number): number | undefined {
  return (word & 0xfff0) === 0x63c0 ? word & 0x0f : undefined
}

const meanings: ReadonlyMap<number, string> = new Map([
  [0x9000, 'success'],
  [0x6200, 'warning, without further information'],
  [0x6281, 'part of the returned data may be corrupted'],
  [0x6282, 'the end of the file was reached before all bytes were read'],
  [0x6283, 'the selected file is deactivated'],
  [0x6285, 'the selected file is in termination state'],
  [0x6300, 'warning, the state of the card may have changed'],
  [0x6381, 'the file is filled up by the last write'],
  [0x6400, 'execution error'],
  [0x6500, 'execution error, the state of the card may have changed'],
  [0x6581, 'the card could not write its memory'],
  [0x6700, 'wrong length'],
  [0x6881, 'logical channels are not supported'],
  [0x6882, 'secure messaging is not supported'],
  [0x6883, 'the last command of a chain was expected'],
  [0x6884, 'command chaining is not supported'],
  [0x6981, 'the command does not fit the structure of the file'],
  [0x6982, 'the security status is not satisfied'],
  [0x6983, 'the authentication method is blocked'],
  [0x6984, 'the reference data cannot be used'],
  [0x6985, 'the conditions of use are not satisfied'],
  [0x6986, 'the command is not allowed, no file is selected'],
  [0x6a80, 'incorrect parameters in the command data'],
  [0x6a81, 'the function is not supported'],
  [0x6a82, 'the file or application was not found'],
  [0x6a83, 'the record was not found'],
  [0x6a84, 'there is not enough memory'],
  [0x6a85, 'the length does not fit the structure of the data'],
  [0x6a86, 'incorrect parameters P1 and P2'],
  [0x6a87, 'the length does not fit P1 and P2'],
  [0x6a88, 'the referenced data was not found'],
  [0x6a89, 'the file exists already'],
  [0x6a8a, 'the name is in use already'],
  [0x6b00, 'wrong parameters P1 and P2'],
  [0x6d00, 'the instruction is not supported'],
  [0x6e00, 'the class is not supported'],
  [0x6f00, 'no precise diagnosis'],
])

/** What a status word says, for people, with its four hexadecimal digits. */
export function describeStatusWord(word: number): string {
  return `${meaningOf(word)} (${word.toString(16).padStart(4, '0').toUpperCase()})`
}

function meaningOf(word: number): string {
  const triesLeft = triesLeftOfStatusWord(word)
  if (triesLeft !== undefined) return `verification failed, tries left: ${triesLeft}`
  if (word >> 8 === 0x61) return 'success, more data is available'
  if (word >> 8 === 0x6c) return 'wrong expected length'
  return meanings.get(word) ?? 'unknown to ISO/IEC 7816-4'
}
