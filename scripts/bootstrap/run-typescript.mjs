import fs from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { endLike, runChild } from './child.mjs'
import { compileCacheFolder, root } from './paths.mjs'
import { Problem } from './problem.mjs'
import { stopWithNpm } from './stop-with-npm.mjs'

/** Runs a TypeScript file of the checkout with the command line's arguments: in this process if its Node can, else in a child. */
export async function runTypeScript(runtime, relativePath) {
  const file = path.join(root, relativePath)
  if (!fs.existsSync(file)) throw new Problem(`${relativePath} does not exist in ${root}.`)
  stopWithNpm()
  const args = process.argv.slice(2)
  if (runtime === process.execPath) {
    module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? compileCacheFolder)
    process.argv = [process.execPath, file, ...args]
    await import(pathToFileURL(file).href)
  } else {
    endLike(await runChild(runtime, [file, ...args], { stdio: 'inherit', env: environmentWithCache() }))
  }
}

/** The environment for a child process of the runtime Node: it keeps stripped TypeScript between starts. */
export function environmentWithCache() {
  return { NODE_COMPILE_CACHE: compileCacheFolder, ...process.env }
}
