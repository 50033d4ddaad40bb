import { cardFileHelp, cardFileOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardDestroyCommand = defineCommand({
  name: 'card destroy',
  operands: ['[NAME]'],
  about:
    'Overwrites and removes a virtual card with every key on it. Certificates for them stay valid until they are revoked.',
  options: { ...cardFileOption, yes: { type: 'boolean', default: false }, ...jsonOption },
  help: { ...cardFileHelp, yes: 'do not ask', ...jsonHelp },
  async run({ values, operands: [name] }) {
    const { findCard } = await import('../card/card-files.ts')
    const { confirmDestruction, destroyCard } = await import('../card/destroy-card.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const card = await findCard(name, values.file)
    if (!values.yes) await confirmDestruction(card)
    await destroyCard(card)
    if (values.json) return printJson({ name: card.name, file: card.file })
    printLines(`Destroyed the card ${card.name}.`)
  },
})
