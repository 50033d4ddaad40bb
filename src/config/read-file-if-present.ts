import fs from 'node:fs'

/** Gives a file's text, or undefined where there is no such file; throws where it cannot be read. */
export type ReadFile = (file: string) => string | undefined

export const readFileIfPresent: ReadFile = file => {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
