import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const importFileCommand = defineCommand({
  name: 'import',
  operands: ['FILE'],
  about: `Brings in people, roles and templates from an organisation file, and says what changed in an organisation that was
there already (docs/organisation.md).`,
  options: { 'dry-run': { type: 'boolean', default: false }, ...jsonOption },
  help: { 'dry-run': 'say what would change, and change nothing', ...jsonHelp },
  async run({ configuration, values, operands: [file = ''] }) {
    const { importCommand } = await import('../organisation/import.ts')
    await importCommand(configuration(), file, { isDryRun: values['dry-run'], isJson: values.json })
  },
})
