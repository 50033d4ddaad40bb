import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that these scripts are part of. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the runtime Node is installed to, where the machine's own is too old. */
export const runtimeFolder = path.join(root, '.node')

export const modulesFolder = path.join(root, 'node_modules')

/** Stripped TypeScript and bytecode. Inside node_modules, so that a new install also starts a new cache. */
export const compileCacheFolder = path.join(modulesFolder, '.cache', 'compile')
