import { defineCommand } from '../define-command.ts'
import { reissueHelp, reissueOptions } from '../enrollment/enrollment-options.ts'

export const recoverCommand = defineCommand({
  name: 'recover',
  operands: [],
  about:
    'Puts a new card, or new keys in software, in the place of what was lost or damaged (docs/enrollment.md).',
  options: reissueOptions,
  help: reissueHelp,
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Recover', values, configuration))
  },
})
