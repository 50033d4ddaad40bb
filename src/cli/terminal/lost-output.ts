/**
 * Goes on where nothing takes what is said, as on a full disk or after a reader that has ended (`| head`): the work may be in
 * the midst of something. The exit code tells of what was lost, and so does standard error where it can.
 */
export function noteLostOutput(): void {
  let isNoted = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exitCode = 1
    if (isNoted || error.code === 'EPIPE') return
    isNoted = true
    process.stderr.write(`cardinal: What is said here cannot be written (${error.message}).\n`)
  })
  process.stderr.on('error', () => undefined)
}
