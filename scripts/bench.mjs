// `npm run bench`: measures against the limits of the machine; the comparison libraries are development packages.
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { runTypeScript } from './bootstrap/run-typescript.mjs'

await runScript(async () => runTypeScript(await prepare('development'), 'bench/run.ts'))
