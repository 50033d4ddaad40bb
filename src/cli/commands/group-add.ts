import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const groupAddCommand = defineCommand({
  name: 'group add',
  operands: ['NAME'],
  about: 'Adds a group without members.',
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { addGroup } = await import('../../workflows/people/add-group.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    await withPeopleEnvironment(configuration(), async environment => {
      const group = await addGroup(environment, name)
      if (values.json) return printJson({ name: group.name, uuid: group.uuid, sid: group.sid })
      printLines(`Added the group ${group.name}.`)
    })
  },
})
