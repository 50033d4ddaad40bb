import { defineCommand } from '../define-command.ts'

export const authTestCommand = defineCommand({
  name: 'auth test',
  operands: [],
  about: `Tries every way to sign in that is configured, as far as that goes without a person: the OpenID Connect provider
and whether it takes this client, the servers of the directory, the keytab, the authorities of client certificates; and, of
an access token, whom it signs in or why it does not. The exit code is 1 where something does not work.`,
  options: { 'token-file': { type: 'string' } },
  help: { 'token-file': 'FILE: with an access token' },
  async run({ configuration, values }) {
    const { authTest } = await import('../server/auth-test.ts')
    await authTest(configuration(), values['token-file'])
  },
})
