/** How values lie in columns, on both engines alike. */

export type Flag = 0 | 1

export function toFlag(value: boolean): Flag {
  return value ? 1 : 0
}

export function fromFlag(flag: Flag): boolean {
  return flag === 1
}

export function toMilliseconds(date: Date | null): number | null {
  return date === null ? null : date.getTime()
}

export function fromMilliseconds(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

/** Names are compared without regard to case by this form, which is made here and never in the database. */
export function foldCase(name: string): string {
  return name.toLowerCase()
}
