import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const userDisableCommand = defineCommand({
  name: 'user disable',
  operands: ['ACCOUNT'],
  about: `Keeps somebody out from now on: sessions end at once, and neither password nor API token nor certificate lets
them in. Their cards and certificates stay as they are: revoke those through the API.`,
  options: { ...jsonOption },
  help: { ...jsonHelp },
  async run({ values, operands: [name = ''], configuration }) {
    const { disableUser } = await import('../../workflows/people/disable-user.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { countOf, printJson, printLines } = await import('../terminal/print.ts')
    const { userFacts } = await import('../people/user-facts.ts')
    await withPeopleEnvironment(configuration(), async environment => {
      const { user, endedSessions } = await disableUser(environment, name)
      if (values.json) return printJson({ ...userFacts(user), endedSessions: endedSessions ?? 0 })
      const who = `${user.domain}\\${user.accountName}`
      printLines(
        endedSessions === null
          ? `${who} was disabled already.`
          : `Disabled ${who}; ${countOf(endedSessions, 'session')} ended.`,
      )
    })
  },
})
