import { defineCommand } from '../define-command.ts'
import {
  cardHelp,
  cardOptions,
  requestHelp,
  requestOptions,
  resumeHelp,
  resumeOptions,
  signInHelp,
  signInOptions,
  subjectHelp,
  subjectOptions,
} from '../enrollment/enrollment-options.ts'

export const revokeCommand = defineCommand({
  name: 'revoke',
  operands: [],
  about: 'Revokes the certificates of a card or software profile (docs/enrollment.md).',
  options: { ...signInOptions, ...subjectOptions, ...requestOptions, ...cardOptions, ...resumeOptions },
  help: { ...signInHelp, ...subjectHelp, ...requestHelp, ...cardHelp, ...resumeHelp },
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Revoke', values, configuration))
  },
})
