import { defineCommand } from '../define-command.ts'

export const walkthroughCommand = defineCommand({
  name: 'walkthrough',
  operands: [],
  about:
    'Runs the published sample enrollment against a server (npm run walkthrough): the one at --url, otherwise\nthe one that the configuration describes, or one of its own for as long as it takes.',
  options: {
    url: { type: 'string' },
    user: { type: 'string' },
    'password-file': { type: 'string' },
    negotiate: { type: 'boolean', default: false },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  help: {
    url: 'URL: of the server',
    user: 'NAME: who enrolls; alice where it is left out',
    'password-file':
      'FILE: holds their password ("-": the input); from the list of the demo where it is left out',
    negotiate: 'sign in with your Kerberos ticket instead (kinit)',
    out: 'FOLDER: where certificates go',
    json: 'print the calls as JSON',
  },
  async run({ configuration, values }) {
    const { walkthrough } = await import('../walkthrough/walkthrough.ts')
    await walkthrough(configuration(), values)
  },
})
