import type { JournalKeeper } from '../../../src/client/enrollment/journal.ts'

/** Watches which programs a journal is told of, over several runs. */
export function watchPrograms(keeper: JournalKeeper): {
  /** Of those that were written down. */
  readonly names: readonly string[]
  /** A keeper that takes programs up to, and not with, the one of this place among all. */
  refusing(place: number): JournalKeeper
} {
  const names: string[] = []
  return {
    names,
    refusing: place => ({
      get journal() {
        return keeper.journal
      },
      async record(changes) {
        if (changes.program !== undefined) {
          if (names.length + 1 >= place) throw new Error('The disk is full.')
          names.push(changes.program.name)
        }
        await keeper.record(changes)
      },
      remove: () => keeper.remove(),
    }),
  }
}
