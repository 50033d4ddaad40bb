import type { Setting } from './setting.ts'
import { settings } from './settings.ts'

/** The table of docs/configuration.md, one row a setting, in Markdown. */
export function settingsTable(): string {
  const rows = Object.values(settings).map(row)
  return [
    '| Key in the file | Environment | Value | Default | What it is |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function row({ key, environmentName, kind, defaultText, description, isSecret }: Setting<unknown>): string {
  const secret = isSecret ? ' Never shown in messages.' : ''
  return `| \`${key}\` | \`${environmentName}\` | ${kind.expects} | ${defaultText} | ${description}${secret} |`
}
