import { defineCommand } from '../define-command.ts'

export const importFileCommand = defineCommand({
  name: 'import',
  operands: ['FILE'],
  about: 'Brings in people, roles and templates from an organisation file (docs/organisation.md).',
  options: {},
  help: {},
  async run({ configuration, operands: [file = ''] }) {
    const { importCommand } = await import('../organisation/import.ts')
    await importCommand(configuration(), file)
  },
})
