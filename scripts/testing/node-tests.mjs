import { runChild } from '../bootstrap/child.mjs'
import { root } from '../bootstrap/paths.mjs'
import { environmentWithCache } from '../bootstrap/run-typescript.mjs'

const everyTest = 'test/**/*.test.ts'

/**
 * Runs node:test over every test file, or over those that the arguments name; options (--…) are passed on.
 * Tests read CARDINAL_TEST_WITHOUT, the comma-separated Debian packages and add-ons that are not there.
 * Resolves to { code, signal } of the test run.
 */
export function runNodeTests(node, args, missingPackages) {
  const options = args.filter(arg => arg.startsWith('-'))
  const files = args.filter(arg => !arg.startsWith('-'))
  const command = [
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    '--test-timeout=300000',
    ...options,
    ...(files.length > 0 ? files : [everyTest]),
  ]
  const env = environmentWithCache()
  if (missingPackages.length > 0) env.CARDINAL_TEST_WITHOUT = missingPackages.join(',')
  return runChild(node, command, { cwd: root, stdio: 'inherit', env })
}
