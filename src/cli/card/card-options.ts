export const cardFileOption = { file: { type: 'string' } } as const
export const cardFileHelp = { file: 'FILE: the card in this file, instead of one by its NAME' } as const

export const passphraseOption = { 'passphrase-file': { type: 'string' } } as const
export const passphraseHelp = {
  'passphrase-file': 'FILE: read the passphrase from this file; "-" reads it from the input',
} as const
