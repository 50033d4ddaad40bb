import { defineCommand } from '../define-command.ts'
import { jsonOption } from '../people/user-options.ts'

export const userListCommand = defineCommand({
  name: 'user list',
  operands: [],
  about: 'Lists everybody in the directory that Cardinal keeps itself, by account name.',
  options: { disabled: { type: 'boolean', default: false }, ...jsonOption },
  help: { disabled: 'only those who are disabled', json: 'print one JSON object a line' },
  async run({ values, configuration }) {
    const { listPeople } = await import('../../workflows/people/list-people.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    await withPeopleEnvironment(configuration(), async ({ store }) => {
      for await (const user of listPeople(store.reader)) {
        if (values.disabled && user.enabled) continue
        const state = user.enabled ? '' : '  disabled'
        printLines(
          values.json
            ? JSON.stringify(userFacts(user))
            : `${user.accountName.padEnd(20)}  ${user.displayName}${state}`,
        )
      }
    })
  },
})
