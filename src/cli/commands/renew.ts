import { defineCommand } from '../define-command.ts'
import { reissueHelp, reissueOptions } from '../enrollment/enrollment-options.ts'

export const renewCommand = defineCommand({
  name: 'renew',
  operands: [],
  about:
    'Gives the card at hand, or a software profile, new keys and certificates. Another card than the present one takes its\nplace (docs/enrollment.md).',
  options: reissueOptions,
  help: reissueHelp,
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Renew', values, configuration))
  },
})
