import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { AgentConsole } from '../../client/agent/agent-console.ts'
import { AgentError } from '../../client/agent/agent-error.ts'
import { printableText } from '../../client/printable-text.ts'

interface Question {
  readonly text: string
  answer(isYes: boolean): void
}

const longestText = 1_000
/** Milliseconds; no answer is a no. */
const patience = 120_000
const mostQuestions = 8

/**
 * The terminal that this process runs at. What is typed while no question is open counts for nothing, and neither does the
 * first line after a question was withdrawn: it may have been meant for that one.
 */
export class TerminalConsole implements AgentConsole {
  readonly #output: Writable
  readonly #lines: Interface
  readonly #questions: Question[] = []
  #isOpen = true
  #isLineForWithdrawn = false

  constructor(input: Readable = process.stdin, output: Writable = process.stdout) {
    this.#output = output
    this.#lines = createInterface({ input, terminal: false })
    this.#lines.on('line', line => this.#hear(line))
    this.#lines.on('close', () => {
      this.#isOpen = false
      for (const question of [...this.#questions]) question.answer(false)
    })
  }

  show(text: string): boolean {
    this.#output.write(`${printableText(text, longestText)}\n`)
    return this.#isOpen
  }

  async confirm(text: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#isOpen)
      throw new AgentError('nobody-at-terminal', 'The terminal of the agent takes no answers.')
    if (this.#questions.length >= mostQuestions) {
      throw new AgentError('too-many', 'Too many questions wait at the agent. Answer those first.')
    }
    const end = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    return await new Promise<boolean>(resolve => {
      const withdraw = () => {
        if (this.#questions[0] === question) {
          this.#isLineForWithdrawn = true
          this.show('Too late: that was a no.')
        }
        question.answer(false)
      }
      const question: Question = {
        text,
        answer: isYes => {
          end.removeEventListener('abort', withdraw)
          const isFirst = this.#questions[0] === question
          this.#questions.splice(this.#questions.indexOf(question), 1)
          resolve(isYes)
          if (isFirst) this.#askNext()
        },
      }
      end.addEventListener('abort', withdraw)
      this.#questions.push(question)
      if (this.#questions.length === 1) this.#askNext()
      if (end.aborted) withdraw()
    })
  }

  /** Resolves when no more is typed here. */
  get closed(): Promise<void> {
    return this.#isOpen ? new Promise(resolve => this.#lines.once('close', resolve)) : Promise.resolve()
  }

  close(): void {
    this.#lines.close()
  }

  #hear(line: string): void {
    if (this.#isLineForWithdrawn) {
      this.#isLineForWithdrawn = false
      this.#askNext()
    } else {
      this.#questions[0]?.answer(/^\s*yes\s*$/i.test(line))
    }
  }

  #askNext(): void {
    const [question] = this.#questions
    if (question !== undefined && this.#isOpen) {
      this.#output.write(`${printableText(question.text, longestText)} (yes/no) `)
    }
  }
}
