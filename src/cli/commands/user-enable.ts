import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const userEnableCommand = defineCommand({
  name: 'user enable',
  operands: ['ACCOUNT'],
  about: 'Lets somebody in again who was disabled.',
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { enableUser } = await import('../../workflows/people/enable-user.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    await withPeopleEnvironment(configuration(), async environment => {
      const { user, wasDisabled } = await enableUser(environment, name)
      if (values.json) return printJson(userFacts(user))
      const who = `${user.domain}\\${user.accountName}`
      printLines(wasDisabled ? `Enabled ${who}.` : `${who} was enabled already.`)
    })
  },
})
