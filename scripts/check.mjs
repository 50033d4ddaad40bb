// `npm run check`: compiler and linter, without tests.
import { prepare } from './bootstrap/prepare.mjs'
import { runScript } from './bootstrap/problem.mjs'
import { check } from './testing/check.mjs'

await runScript(async () => {
  const isClean = await check(await prepare('development'))
  if (!isClean) process.exitCode = 1
})
