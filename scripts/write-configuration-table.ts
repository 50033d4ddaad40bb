// Writes the table of settings into docs/configuration.md; a test fails where it is not up to date.
import fs from 'node:fs'
import { settingsTable } from '../src/config/settings-table.ts'

const file = new URL('../docs/configuration.md', import.meta.url)
const document = fs.readFileSync(file, 'utf8')
const [start, end] = ['<!-- settings -->\n', '\n<!-- end of settings -->']
const before = document.slice(0, document.indexOf(start) + start.length)
const after = document.slice(document.indexOf(end))
fs.writeFileSync(file, before + settingsTable() + after)
