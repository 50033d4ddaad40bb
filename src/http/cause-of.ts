const longestChain = 6
const longestMessage = 1_000

/** What happened and why, for the log: the message of an error and those of its causes, the last cause at the end. */
export function causeOf(error: unknown): string {
  const messages: string[] = []
  for (let each = error; each instanceof Error && messages.length < longestChain; each = each.cause)
    messages.push(each.message.slice(0, longestMessage))
  return messages.join(' ← ')
}
