import { defineCommand } from '../define-command.ts'

export const authTestCommand = defineCommand({
  name: 'auth test',
  operands: [],
  about:
    'Says what to register with the OpenID Connect provider, what the provider answers and whether it takes\nthis client, and, of an access token, whom it signs in or why it does not.',
  options: { 'token-file': { type: 'string' } },
  help: { 'token-file': 'FILE: with an access token' },
  async run({ configuration, values }) {
    const { authTest } = await import('../server/auth-test.ts')
    await authTest(configuration(), values['token-file'])
  },
})
