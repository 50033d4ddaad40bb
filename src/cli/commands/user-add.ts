import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption, userFieldHelp, userFieldOptions } from '../people/user-options.ts'

export const userAddCommand = defineCommand({
  name: 'user add',
  operands: ['ACCOUNT'],
  about:
    'Adds somebody to the directory that Cardinal keeps itself. Without a password nobody signs in by one.',
  options: {
    ...userFieldOptions,
    group: { type: 'string', multiple: true },
    'password-file': { type: 'string' },
    'generate-password': { type: 'boolean', default: false },
    'ask-password': { type: 'boolean', default: false },
    ...jsonOption,
  },
  help: {
    ...userFieldHelp,
    group: 'NAME: a group to put them into; may stand several times',
    'password-file': 'FILE: read the password from this file; "-" reads it from the input',
    'generate-password': 'make a password up and write it to new-accounts.json in the data folder',
    'ask-password': 'ask for the password at the terminal',
    ...jsonHelp,
  },
  async run({ values, operands: [accountName = ''], configuration, misuse }) {
    const { addUser } = await import('../../workflows/people/add-user.ts')
    const { chooseNewPassword } = await import('../people/new-password.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    const wantsPassword = [
      values['password-file'] !== undefined,
      values['generate-password'],
      values['ask-password'],
    ].filter(isWanted => isWanted).length
    if (wantsPassword > 1) throw misuse('One way to a password is enough.')
    const settings = configuration()
    await withPeopleEnvironment(settings, async environment => {
      const password = wantsPassword === 0 ? null : await chooseNewPassword(accountName, values, settings)
      const fields = {
        accountName,
        displayName: values['display-name'],
        userPrincipalName: values.upn,
        mail: values.mail,
        distinguishedName: values['distinguished-name'],
        groups: values.group ?? [],
      }
      const user = await addUser(environment, fields, password)
      if (values.json) return printJson(userFacts(user))
      const withPassword = password === null ? '' : ', with a password'
      printLines(
        `Added ${user.domain}\\${user.accountName} (${user.displayName})${withPassword}.`,
        ...(password?.notes ?? []),
      )
    })
  },
})
