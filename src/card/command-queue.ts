/** Runs one command after another, in the order of the calls, each whatever became of those before it. */
export function commandQueue(): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let previous: Promise<unknown> = Promise.resolve()
  return run => {
    const result = previous.then(run)
    previous = result.catch(() => undefined)
    return result
  }
}
