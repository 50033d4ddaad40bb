/** Read when this file is loaded: npm may be told to stop while dependencies are being installed. */
const parent = process.ppid

const lookMilliseconds = 1_000

/**
 * Under `npm start`, stops this program as SIGTERM does when npm is gone. npm passes SIGTERM on to the shell that it runs
 * scripts in, and that shell may end without passing it on. A program that npm did not start outlives whoever did.
 */
export function stopWithNpm() {
  if (!isStartedByNpm(process.env)) return
  const look = () => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }
  const timer = setInterval(look, lookMilliseconds)
  timer.unref()
  look()
}

/** Both are set by npm for the scripts that it runs, and by nothing else. */
function isStartedByNpm({ npm_lifecycle_event, npm_execpath }) {
  return npm_lifecycle_event !== undefined && npm_execpath !== undefined
}
