/** Where the user sees what the agent has to say, and answers. No page can reach it. */
export interface AgentConsole {
  /** @returns false where nobody would see it */
  show(text: string): boolean

  /**
   * Asks one question at a time, in their order. Only a clear yes is one.
   *
   * @param signal withdraws the question
   * @throws AgentError nobody-at-terminal
   */
  confirm(question: string, signal: AbortSignal): Promise<boolean>
}
