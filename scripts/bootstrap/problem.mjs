/** A failure that the person at the keyboard can do something about: told as text, without a stack. */
export class Problem extends Error {
  name = 'Problem'
}

/** Tells one line of progress. Goes to standard error: standard output belongs to the program that is started. */
export function tell(line) {
  process.stderr.write(`${line}\n`)
}

/** Runs a script's main function; a Problem ends it with exit code 1 and its message. */
export async function runScript(main) {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    tell(`cardinal: ${error.message}`)
    process.exitCode = 1
  }
}
