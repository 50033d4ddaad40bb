import { readFile } from 'node:fs/promises'

/** A process, so that a later one which has its number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** In clock ticks since the start of the system (proc(5), /proc/PID/stat, field 22). */
  readonly startTime: string
}

/** null where there is no such process any more, and on systems without /proc. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // Field 2 is the name, in parentheses, and may hold spaces and parentheses.
  const [state = '', ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = others[18]
  // A zombie has ended, and only waits for somebody to ask how.
  return startTime === undefined || /^[ZX]/.test(state) ? null : { pid, startTime }
}

/** false on systems without /proc. */
export async function isStillRunning({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(pid))?.startTime === startTime
}
