let unanswered = 0

/** Counts a call of PC/SC that is out of time, until it is answered. */
export function noteUnanswered(call: Promise<unknown>): void {
  unanswered += 1
  const end = () => {
    unanswered -= 1
  }
  call.then(end, end)
}

/** PC/SC cannot call anything back: as long as there is one, a thread waits, and the process cannot end by itself. */
export function hasUnansweredCalls(): boolean {
  return unanswered > 0
}
