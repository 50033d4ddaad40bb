import { defineCommand } from '../define-command.ts'
import {
  cardHelp,
  cardOptions,
  pinHelp,
  pinOptions,
  requestHelp,
  requestOptions,
  resumeHelp,
  resumeOptions,
  signInHelp,
  signInOptions,
  subjectHelp,
  subjectOptions,
} from '../enrollment/enrollment-options.ts'

export const unblockCommand = defineCommand({
  name: 'unblock',
  operands: [],
  about: 'Sets a new PIN on a card whose PIN is forgotten or blocked (docs/enrollment.md).',
  options: {
    ...signInOptions,
    ...subjectOptions,
    ...requestOptions,
    ...cardOptions,
    ...pinOptions,
    ...resumeOptions,
  },
  help: { ...signInHelp, ...subjectHelp, ...requestHelp, ...cardHelp, ...pinHelp, ...resumeHelp },
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Unblock', values, configuration))
  },
})
