/** Where faults go that no caller is told about, because what the caller asked for is done. */
export interface FaultLog {
  /** @param what in words, without secrets */
  report(what: string, error: unknown): void
}
