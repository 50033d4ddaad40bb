import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption, userFieldHelp, userFieldOptions } from '../people/user-options.ts'

export const userChangeCommand = defineCommand({
  name: 'user change',
  operands: ['ACCOUNT'],
  about: `Renames somebody, or changes what is known of them. They stay who they are: identifiers, groups, cards and
certificates. An empty --mail or --upn takes it away.`,
  options: { account: { type: 'string' }, ...userFieldOptions, ...jsonOption },
  help: {
    account: 'NAME: the new account name',
    ...userFieldHelp,
    upn: 'NAME: the user principal name',
    ...jsonHelp,
  },
  async run({ values, operands: [name = ''], configuration, misuse }) {
    const { changeUser } = await import('../../workflows/people/change-user.ts')
    const { changedFields } = await import('../../workflows/people/local-user.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    const fields = {
      accountName: values.account,
      displayName: values['display-name'],
      userPrincipalName: values.upn === '' ? null : values.upn,
      mail: values.mail === '' ? null : values.mail,
      distinguishedName: values['distinguished-name'],
    }
    if (Object.values(fields).every(value => value === undefined)) {
      throw misuse('Say what to change.')
    }
    await withPeopleEnvironment(configuration(), async environment => {
      const { before, after } = await changeUser(environment, name, fields)
      if (values.json) return printJson(userFacts(after))
      const changes = changedFields(before, after).map(
        field => `${field}: ${before[field] ?? 'none'} → ${after[field] ?? 'none'}`,
      )
      const who = `${before.domain}\\${before.accountName}`
      printLines(changes.length === 0 ? `${who} is that already.` : `Changed ${who}; ${changes.join('; ')}.`)
    })
  },
})
