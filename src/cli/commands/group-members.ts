import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const groupMembersCommand = defineCommand({
  name: 'group members',
  operands: ['NAME'],
  about: 'Lists the members of a group; with an option, puts some in and takes some out first.',
  options: {
    add: { type: 'string', multiple: true },
    remove: { type: 'string', multiple: true },
    ...jsonOption,
  },
  help: {
    add: 'NAME: a user or a group to put in; may stand several times',
    remove: 'NAME: a user or a group to take out; may stand several times',
    ...jsonHelp,
  },
  async run({ values, operands: [name = ''], configuration }) {
    const { changeGroupMembers } = await import('../../workflows/people/change-group-members.ts')
    const { listGroupMembers } = await import('../../workflows/people/list-group-members.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { add = [], remove = [], json } = values
    await withPeopleEnvironment(configuration(), async environment => {
      if (add.length + remove.length > 0) {
        const { added, removed } = await changeGroupMembers(environment, name, { add, remove })
        const done = [...added.map(one => `Put in ${one}.`), ...removed.map(one => `Took out ${one}.`)]
        if (!json) printLines(...(done.length === 0 ? ['Nothing had to change.'] : done))
        if (!json) return
      }
      const members = await listGroupMembers(environment.store.reader, name)
      if (json) return printJson(members)
      for (const member of members) {
        printLines(`${member.kind.padEnd(9)}  ${member.name}${member.enabled ? '' : '  disabled'}`)
      }
    })
  },
})
