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

export const retireCommand = defineCommand({
  name: 'retire',
  operands: [],
  about:
    'Ends the use of a card or software profile: its certificates are revoked, and a card at hand is erased, as the policy\nsays (docs/enrollment.md).',
  options: { ...signInOptions, ...subjectOptions, ...requestOptions, ...cardOptions, ...resumeOptions },
  help: { ...signInHelp, ...subjectHelp, ...requestHelp, ...cardHelp, ...resumeHelp },
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Retire', values, configuration))
  },
})
