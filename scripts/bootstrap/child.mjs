import { spawn } from 'node:child_process'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program to its end, passing on signals meanwhile.
 * Resolves to { code, signal, stderr }; stderr is filled only where options.stdio pipes it.
 * Rejects when the program cannot be started.
 */
export function runChild(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options)
    const forward = signal => {
      // A terminal sends Ctrl-C to the whole group: passed on as well, the child would take it for a second one.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    }
    for (const signal of forwarded) process.on(signal, forward)
    const stop = () => {
      for (const signal of forwarded) process.off(signal, forward)
    }

    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', text => {
      stderr += text
    })
    child.on('error', error => {
      stop()
      reject(error)
    })
    child.on('close', (code, signal) => {
      stop()
      resolve({ code, signal, stderr })
    })
  })
}

/** Ends this process the way the child ended: same exit code, or same signal. */
export function endLike({ code, signal }) {
  if (signal === null) process.exitCode = code
  else process.kill(process.pid, signal)
}
