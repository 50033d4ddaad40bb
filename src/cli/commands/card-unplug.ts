import { cardFileHelp, cardFileOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardUnplugCommand = defineCommand({
  name: 'card unplug',
  operands: ['[NAME]'],
  about: 'Takes a virtual card out of its reader and ends the process that kept it there.',
  options: { ...cardFileOption, ...jsonOption },
  help: { ...cardFileHelp, ...jsonHelp },
  async run({ values, operands: [name] }) {
    const { findCard } = await import('../card/card-files.ts')
    const { unplugCard } = await import('../card/unplug-card.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const card = await findCard(name, values.file)
    const { process } = await unplugCard(card)
    if (values.json) return printJson({ name: card.name, process })
    printLines(`Took the card ${card.name} out of its reader.`)
  },
})
