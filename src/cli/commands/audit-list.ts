import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const auditListCommand = defineCommand({
  name: 'audit list',
  operands: [],
  about: `Lists audit records, newest first: who did what to whom, and who was refused. docs/operations.md says which actions
there are. TIME is 2026-11-21, 2026-11-21T08:30 (UTC, or with +01:00 behind it), or how long ago: 90m, 24h, 7d.`,
  options: {
    since: { type: 'string' },
    until: { type: 'string' },
    action: { type: 'string' },
    about: { type: 'string' },
    limit: { type: 'string', default: '50' },
    before: { type: 'string' },
    ...jsonOption,
  },
  help: {
    since: 'TIME: not those before',
    until: 'TIME: only those before',
    action: 'ACTION: of this action alone',
    about:
      'UUID|NAME: what a person did and what was done to them, a request, a card, or the serial number of a certificate',
    limit: 'N: at most so many; 50 where it is left out, 1000 at most',
    before: 'NUMBER: those older than this record; what "next" says of the list before',
    ...jsonHelp,
  },
  async run({ values, configuration, misuse }) {
    const { readAuditQuestion } = await import('../audit/read-audit-question.ts')
    const { listAuditRecords } = await import('../../workflows/queries/list-audit-records.ts')
    const { withDirectory } = await import('../environment/with-directory.ts')
    const { printAuditPage } = await import('../audit/print-audit-page.ts')
    const question = readAuditQuestion(values, misuse)
    await withDirectory(configuration(), async environment => {
      const page = await listAuditRecords(environment, question)
      await printAuditPage(page, environment.directory, values.json)
    })
  },
})
