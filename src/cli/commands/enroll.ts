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
} from '../enrollment/enrollment-options.ts'

export const enrollCommand = defineCommand({
  name: 'enroll',
  operands: [],
  about:
    'Enrolls for a profile template: a smart card in a reader, a virtual smart card, or keys in files, in a PKCS#11\ntoken or in an NSS database. What was interrupted is gone on with by the next call (docs/enrollment.md).',
  options: {
    ...signInOptions,
    template: { type: 'string' },
    ...requestOptions,
    ...cardOptions,
    ...newCardOptions,
    ...pinOptions,
    ...softwareOptions,
    ...resumeOptions,
  },
  help: {
    ...signInHelp,
    template: 'NAME: of the profile template, or its UUID; chosen from a list where it is left out',
    ...requestHelp,
    ...cardHelp,
    ...newCardHelp,
    ...pinHelp,
    ...softwareHelp,
    ...resumeHelp,
  },
  async run({ values, configuration }) {
    const { enroll } = await import('../enrollment/enroll.ts')
    const { withExitCode } = await import('../enrollment/carry-out.ts')
    await withExitCode(() => enroll(values, configuration))
  },
})
