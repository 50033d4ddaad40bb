// `npm run soak`: enrolls, kills and starts again for a long time, and checks memory, descriptors and the books.
// `npm run soak -- full-disk`: does so on a disk that is full time and again (as root).
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { runTypeScript } from './bootstrap/run-typescript.mjs'

const program = process.argv[2] === 'full-disk' ? 'full-disk.ts' : 'run.ts'

await runScript(async () => runTypeScript(await prepare('development'), `test/soak/${program}`))
