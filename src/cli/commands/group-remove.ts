import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const groupRemoveCommand = defineCommand({
  name: 'group remove',
  operands: ['NAME'],
  about: 'Removes a group, with the roles and rights that it had. Its members stay.',
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { removeGroup } = await import('../../workflows/people/remove-group.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { countOf, printJson, printLines } = await import('../terminal/print.ts')
    await withPeopleEnvironment(configuration(), async environment => {
      const { group, roles } = await removeGroup(environment, name)
      if (values.json) return printJson({ name: group.name, uuid: group.uuid, sid: group.sid, roles })
      const role = roles.length === 0 ? '' : ` and the role ${roles.join(', ')}`
      printLines(
        `Removed the group ${group.name}, which had ${countOf(group.members.length, 'member')}${role}.`,
      )
    })
  },
})
