/** Whether there is a process of this number; it may be another one than was meant. */
export function isProcessRunning(processId: number): boolean {
  try {
    // Signal 0 asks whether the process is there and does nothing to it.
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
