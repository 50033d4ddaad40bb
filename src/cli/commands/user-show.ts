import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const userShowCommand = defineCommand({
  name: 'user show',
  operands: ['ACCOUNT'],
  about: `Shows what is known of somebody, here or in the LDAP directory: identifiers, state, groups, and the roles that
follow with the group that gives each. ACCOUNT is a name as at sign-in, a UUID or a security identifier.`,
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { showUser } = await import('../../workflows/people/show-user.ts')
    const { withDirectory } = await import('../environment/with-directory.ts')
    const { shownFacts, shownLines } = await import('../people/describe-shown-user.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    await withDirectory(configuration(), async ({ store, directory, ldap }) => {
      const shown = await showUser({ reader: store.reader, directory, company: ldap }, name)
      if (values.json) return printJson(shownFacts(shown))
      printLines(...shownLines(shown))
    })
  },
})
