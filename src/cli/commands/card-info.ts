import { cardFileHelp, cardFileOption, passphraseHelp, passphraseOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardInfoCommand = defineCommand({
  name: 'card info',
  operands: ['[NAME]'],
  about:
    'Says what is on a card: that in --reader, a virtual card by NAME or --file, otherwise that in the only reader with one.\nIt asks for no PIN and spends no try.',
  options: { reader: { type: 'string' }, ...cardFileOption, ...passphraseOption, ...jsonOption },
  help: {
    reader: 'READER: as PC/SC calls it; "cardinal card list" lists them',
    ...cardFileHelp,
    ...passphraseHelp,
    ...jsonHelp,
  },
  async run({ values, operands: [name], misuse }) {
    const { findCard } = await import('../card/card-files.ts')
    const { cardOpenerOf } = await import('../card/card-opener.ts')
    const { cardLines } = await import('../card/card-lines.ts')
    const { describeCardFile, describeReader } = await import('../card/read-card.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const wantsFile = name !== undefined || values.file !== undefined
    if (wantsFile && values.reader !== undefined) throw misuse('Give --reader or a virtual card, not both.')
    if (!wantsFile) {
      const card = await describeReader(values.reader)
      return values.json ? printJson(card) : printLines(...cardLines(card, null))
    }
    const files = await findCard(name, values.file)
    const openedBy = await cardOpenerOf(files)
    const card = await describeCardFile(files, values['passphrase-file'])
    if (values.json) return printJson({ ...card, openedBy })
    printLines(...cardLines(card, openedBy))
  },
})
