import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const userPasswordCommand = defineCommand({
  name: 'user password',
  operands: ['ACCOUNT'],
  about: `Gives somebody a new password, and ends their sessions. Without an option it is asked for at the terminal; it
never stands on the command line, which others on this machine can see.`,
  options: {
    'password-file': { type: 'string' },
    'generate-password': { type: 'boolean', default: false },
    ...jsonOption,
  },
  help: {
    'password-file': 'FILE: read the password from this file; "-" reads it from the input',
    'generate-password': 'make a password up and write it to new-accounts.json in the data folder',
    ...jsonHelp,
  },
  async run({ values, operands: [name = ''], configuration }) {
    const { setPassword } = await import('../../workflows/people/set-password.ts')
    const { requireLocalUser } = await import('../../workflows/people/require-local.ts')
    const { chooseNewPassword } = await import('../people/new-password.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { countOf, printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    const settings = configuration()
    await withPeopleEnvironment(settings, async environment => {
      // Nobody is asked for the password of somebody who is not there.
      const { accountName } = await requireLocalUser(environment.store.reader, name)
      const password = await chooseNewPassword(accountName, values, settings)
      const { user, endedSessions } = await setPassword(environment, name, password)
      if (values.json) return printJson({ ...userFacts(user), endedSessions })
      const ended = `${countOf(endedSessions, 'session')} ended`
      printLines(`${user.domain}\\${user.accountName} has a new password; ${ended}.`, ...password.notes)
    })
  },
})
