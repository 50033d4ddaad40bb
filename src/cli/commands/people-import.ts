import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const peopleImportCommand = defineCommand({
  name: 'people import',
  operands: ['FILE'],
  about: `Brings people and groups in from CSV or LDIF, and changes those who are there already and differ. Every fault
is named by its line, and a file with one changes nothing (docs/people.md).`,
  options: {
    format: { type: 'string' },
    delimiter: { type: 'string', default: ',' },
    'dry-run': { type: 'boolean', default: false },
    'disable-missing': { type: 'boolean', default: false },
    keep: { type: 'string', multiple: true },
    'add-groups': { type: 'boolean', default: false },
    'ignore-unknown-members': { type: 'boolean', default: false },
    ...jsonOption,
  },
  help: {
    format: 'FORMAT: csv or ldif; by the ending of the name where it is left out',
    delimiter: 'CHARACTER: between fields of CSV, "," or ";"',
    'dry-run': 'say what would change, and change nothing',
    'disable-missing': 'disable everybody who is not in the file',
    keep: 'ACCOUNT: somebody whom --disable-missing leaves alone; may stand several times',
    'add-groups': 'add the groups that people of the file are in and that are not there',
    'ignore-unknown-members': 'leave out members of groups who are neither in the file nor here',
    ...jsonHelp,
  },
  async run({ values, operands: [file = ''], configuration, misuse }) {
    const { importPeople, previewPeopleImport } = await import('../../workflows/people/import-people.ts')
    const { isPeopleFormat, readPeopleFile } = await import('../people/read-people-file.ts')
    const { changeFactsOf, changeLines } = await import('../people/describe-changes.ts')
    const { withPeopleEnvironment } = await import('../environment/open-people-environment.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { delimiter, json } = values
    const format = (values.format ?? /[^.]*$/.exec(file)?.[0] ?? '').toLowerCase()
    if (!isPeopleFormat(format)) throw misuse('Say --format csv or --format ldif.')
    if (delimiter !== ',' && delimiter !== ';') throw misuse('The delimiter is "," or ";".')
    const settings = configuration()
    const read = await readPeopleFile(file, format, delimiter)
    const options = {
      disableMissing: values['disable-missing'],
      keep: values.keep ?? [],
      addGroups: values['add-groups'],
      ignoreUnknownMembers: values['ignore-unknown-members'],
    }
    await withPeopleEnvironment(settings, async environment => {
      const isDryRun = values['dry-run']
      const changes = await (isDryRun ? previewPeopleImport : importPeople)(environment, read, options)
      if (json) return printJson({ dryRun: isDryRun, ...changeFactsOf(changes) })
      // As one: a call takes some hundred thousand arguments at most.
      printLines(changeLines(changes, isDryRun).join('\n'))
    })
  },
})
