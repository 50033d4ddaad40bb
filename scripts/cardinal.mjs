#!/usr/bin/env node
// Starts the `cardinal` command on a machine with any Node from 18 on; see docs/adr/0004-node-bootstrap.md.
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { runTypeScript } from './bootstrap/run-typescript.mjs'

await runScript(async () => runTypeScript(await prepare('production'), 'src/cli/cardinal.ts'))
