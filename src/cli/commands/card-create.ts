import { cardFileOption, passphraseHelp, passphraseOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardCreateCommand = defineCommand({
  name: 'card create',
  operands: ['[NAME]'],
  about:
    'Makes a virtual smart card: a blank GIDS card, or a PIV card with the PIN 123456, the PUK 12345678 and the\nmanagement key that every new PIV card has. It is called "card" where NAME is left out.',
  options: {
    piv: { type: 'boolean', default: false },
    '3des': { type: 'boolean', default: false },
    ...cardFileOption,
    ...passphraseOption,
    'key-file': { type: 'boolean', default: false },
    tpm: { type: 'boolean', default: false },
    'with-passphrase': { type: 'boolean', default: false },
    ...jsonOption,
  },
  help: {
    piv: 'a PIV card instead of a GIDS card',
    '3des': 'with a 3DES management key instead of AES-192, for programs that know no other',
    file: 'FILE: where the card goes, instead of under its NAME in your data folder',
    ...passphraseHelp,
    'key-file': 'no passphrase, but a random key in a file beside the card',
    tpm: "no passphrase, but a key that this machine's TPM 2.0 seals (Linux)",
    'with-passphrase': 'a passphrase besides the TPM; --passphrase-file says it too',
    ...jsonHelp,
  },
  async run({ values, operands: [name], misuse }) {
    const { rm } = await import('node:fs/promises')
    const { existsSync } = await import('node:fs')
    const { createVirtualCardFile } = await import('../../client/virtual-card/create-virtual-card-file.ts')
    const { cardFilesOf, makeFolderOf } = await import('../card/card-files.ts')
    const { newSecret } = await import('../card/card-secret.ts')
    const { cardOpenerOf } = await import('../card/card-opener.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    if (name !== undefined && values.file !== undefined) throw misuse('Give NAME or --file, not both.')
    if (values['key-file'] && values['passphrase-file'] !== undefined) {
      throw misuse('A card has a passphrase or a key file, not both.')
    }
    if (values['key-file'] && values.tpm)
      throw misuse('A card has a key file or is sealed by the TPM, not both.')
    if (values['with-passphrase'] && !values.tpm) throw misuse('--with-passphrase goes with --tpm.')
    if (values['3des'] && !values.piv) throw misuse('--3des is for PIV cards.')
    const card = cardFilesOf(name ?? 'card', values.file)
    if (existsSync(card.file)) throw misuse(`${card.file} is there already. Choose another name.`)
    await makeFolderOf(card)
    const personality = values.piv ? 'PIV' : 'GIDS'
    const secret = await newSecret(card, values)
    try {
      const managementKeyType = values['3des'] ? '3DES' : 'AES-192'
      await createVirtualCardFile({ file: card.file, secret, personality, managementKeyType })
    } catch (error) {
      if (values['key-file']) await rm(card.keyFile, { force: true })
      throw error
    }
    if (values['key-file']) {
      process.stderr.write(
        `Warning: whoever can read ${card.keyFile} and ${card.file} can use every key on this card without its PIN.\n`,
      )
    }
    if (values.json) {
      const openedBy = await cardOpenerOf(card)
      return printJson({ name: card.name, file: card.file, application: personality, openedBy })
    }
    printLines(`Made the ${personality} card ${card.name} in ${card.file}.`)
  },
})
