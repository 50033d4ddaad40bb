import { defineCommand } from '../define-command.ts'
import { jsonOption } from '../people/user-options.ts'

export const groupListCommand = defineCommand({
  name: 'group list',
  operands: [],
  about: 'Lists all groups of the directory that Cardinal keeps itself, by name.',
  options: { ...jsonOption },
  help: { json: 'print one JSON object a line' },
  async run({ values, configuration }) {
    const { listGroupsOfDirectory } = await import('../../workflows/people/list-people.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { countOf, printLines } = await import('../terminal/print.ts')
    await withPeopleEnvironment(configuration(), async ({ store }) => {
      for await (const { name, uuid, sid, memberCount } of listGroupsOfDirectory(store.reader)) {
        printLines(
          values.json
            ? JSON.stringify({ name, uuid, sid, memberCount })
            : `${name.padEnd(28)}  ${countOf(memberCount, 'member')}`,
        )
      }
    })
  },
})
