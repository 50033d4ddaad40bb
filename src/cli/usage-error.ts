/** Something that the person at the command line can mend. Shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
