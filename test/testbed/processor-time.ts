/**
 * Milliseconds for which this process computed meanwhile: unlike the time on a clock, it is no longer where the machine has
 * other things to do.
 */
export async function processorTimeOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
