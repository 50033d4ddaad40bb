// Writes the types of the client library from the server's OpenAPI document; a test fails where they are not up to date.
import fs from 'node:fs'
import { generatedFiles } from './client-types/generated-files.ts'

const folder = new URL('../src/client/library/generated/', import.meta.url)
for (const [name, text] of await generatedFiles()) fs.writeFileSync(new URL(name, folder), text)
