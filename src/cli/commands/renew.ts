import { defineCommand } from '../define-command.ts'
import {
  cardHelp,
  cardOptions,
  newCardHelp,
  newCardOptions,
  pinHelp,
  pinOptions,
  requestHelp,
  requestOptions,
  resumeHelp,
  resumeOptions,
  signInHelp,
  signInOptions,
  softwareHelp,
  softwareOptions,
  subjectHelp,
  subjectOptions,
} from '../enrollment/enrollment-options.ts'

export const renewCommand = defineCommand({
  name: 'renew',
  operands: [],
  about:
    'Gives the card at hand, or a software profile, new keys and certificates. Another card than the present one takes its\nplace (docs/enrollment.md).',
  options: {
    ...signInOptions,
    ...subjectOptions,
    ...requestOptions,
    ...cardOptions,
    ...newCardOptions,
    ...pinOptions,
    ...softwareOptions,
    ...resumeOptions,
  },
  help: {
    ...signInHelp,
    ...subjectHelp,
    ...requestHelp,
    ...cardHelp,
    ...newCardHelp,
    ...pinHelp,
    ...softwareHelp,
    ...resumeHelp,
  },
  async run({ values, configuration }) {
    const { operate } = await import('../enrollment/operate.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => operate('Renew', values, configuration))
  },
})
