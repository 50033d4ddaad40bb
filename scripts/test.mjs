// `npm test [-- file …] [-- --test-name-pattern=…]`: installs what tests need, checks, then runs the tests.
// The tests run even where the check failed, so that one run shows everything; any failure is the exit code.
import { endLike } from './bootstrap/child.mjs'
import { prepare } from './bootstrap/prepare.mjs'
import { runScript, tell } from './bootstrap/problem.mjs'
import { buildAddOns } from './testing/add-ons.mjs'
import { check } from './testing/check.mjs'
import { installDebianPackages } from './testing/debian-packages.mjs'
import { runNodeTests } from './testing/node-tests.mjs'

await runScript(async () => {
  const node = await prepare('development')
  const { missing, hasFailed } = await installDebianPackages()
  for (const name of missing) {
    tell(
      `WARNING: ${name} is not installed. TESTS THAT NEED IT ARE LEFT OUT. As root: apt-get install ${name}`,
    )
  }
  const addOns = await buildAddOns(node, missing)
  const isClean = await check(node)
  const tests = await runNodeTests(node, process.argv.slice(2), [...missing, ...addOns.missing])
  endLike(tests)
  if (!isClean || hasFailed || addOns.hasFailed) process.exitCode = 1
})
