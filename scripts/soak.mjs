// `npm run soak`: drives a server for a long time and watches memory, descriptors and the store.
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { runTypeScript } from './bootstrap/run-typescript.mjs'

await runScript(async () => runTypeScript(await prepare('development'), 'test/soak/run.ts'))
