import path from 'node:path'
import { runChild } from '../bootstrap/child.mjs'
import { modulesFolder, root } from '../bootstrap/paths.mjs'
import { tell } from '../bootstrap/problem.mjs'

const steps = [
  ['types', 'typescript/bin/tsc', ['--project', root]],
  ['lint and format', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', root]],
]

/** Runs the compiler and the linter, both to their end; resolves to whether neither found anything. */
export async function check(node) {
  let isClean = true
  for (const [name, program, args] of steps) {
    const result = await runChild(node, [path.join(modulesFolder, program), ...args], {
      cwd: root,
      stdio: 'inherit',
    })
    tell(`check ${name}: ${result.code === 0 ? 'ok' : 'FAILED'}`)
    if (result.code !== 0) isClean = false
  }
  return isClean
}
