import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const userShowCommand = defineCommand({
  name: 'user show',
  operands: ['ACCOUNT'],
  about: 'Shows what is known of somebody, the groups that they are in, and the roles that follow.',
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { showUser } = await import('../../workflows/people/show-user.ts')
    const { withPeopleEnvironment } = await import('../people/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    await withPeopleEnvironment(configuration(), async ({ store }) => {
      const { user, ...more } = await showUser(store.reader, name)
      const facts = { ...userFacts(user), ...more }
      if (values.json) return printJson(facts)
      const rows = Object.entries(facts).map(([field, value]) => {
        const shown = Array.isArray(value) ? value.join(', ') : String(value ?? '')
        return `${field.padEnd(20)}  ${shown || '-'}`
      })
      printLines(...rows)
    })
  },
})
