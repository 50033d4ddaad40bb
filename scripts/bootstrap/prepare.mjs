import path from 'node:path'
import { dependenciesAreInstalled, installDependencies } from './dependencies.mjs'
import { withLock } from './lock.mjs'
import { runtimeFolder } from './paths.mjs'
import { findRuntime, installRuntime } from './runtime-node.mjs'

/**
 * Makes the checkout ready to run and returns the path of the Node to run it with.
 * mode is 'production' or 'development'. Does nothing, and says nothing, when all is there.
 */
export async function prepare(mode) {
  const ready = findRuntime()
  if (ready !== undefined && dependenciesAreInstalled(mode)) return ready
  return withLock(path.join(runtimeFolder, 'install.lock'), async () => {
    const runtime = findRuntime() ?? (await installRuntime())
    await installDependencies(runtime, mode)
    return runtime
  })
}
