// `npm run soak`: enrolls, kills and starts again for a long time, and checks memory, descriptors and the books.
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { runTypeScript } from './bootstrap/run-typescript.mjs'

await runScript(async () => runTypeScript(await prepare('development'), 'test/soak/run.ts'))
