import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardListCommand = defineCommand({
  name: 'card list',
  operands: [],
  about: 'Lists your virtual cards, and the readers of this computer with what is in them. It spends no try.',
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values }) {
    const { listCards } = await import('../card/list-cards.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { cards, readers, readersProblem } = await listCards()
    if (values.json) return printJson({ cards, readers, readersProblem })
    const { readerLine, virtualCardLine } = await import('../card/list-cards.ts')
    printLines(
      cards.length === 0 ? 'No virtual cards.' : 'Virtual cards:',
      ...cards.map(virtualCardLine),
      readersProblem ?? (readers.length === 0 ? 'No readers.' : 'Readers:'),
      ...readers.map(readerLine),
    )
  },
})
