import { StringDecoder } from 'node:string_decoder'
import { UsageError } from '../usage-error.ts'

const mostCharacters = 1024

const enter = ['\r', '\n']
const interrupt = '\u0003'
const endOfFile = '\u0004'
const eraseLine = '\u0015'
const erase = ['\u007f', '\b']

/**
 * What somebody types at the terminal, none of which is shown from the first moment to the last: between two questions
 * they may type on.
 */
export class HiddenInput {
  readonly #typed: string[] = []
  readonly #decoder = new StringDecoder('utf8')
  readonly #hear = (chunk: Buffer): void => {
    this.#typed.push(...this.#decoder.write(chunk))
    this.#wake()
  }
  readonly #hangUp = (): void => {
    this.#typed.push(endOfFile)
    this.#wake()
  }
  #wake = (): void => undefined

  constructor() {
    process.stdin.setRawMode(true)
    process.stdin.on('data', this.#hear).once('end', this.#hangUp).resume()
  }

  /** A line, without its end. Throws UsageError where it is broken off. */
  async ask(prompt: string): Promise<string> {
    process.stderr.write(prompt)
    let line: string[] = []
    for (;;) {
      const character = await this.#next()
      if (enter.includes(character)) break
      if (character === interrupt || character === endOfFile) {
        throw new UsageError('Broken off; nothing was changed.')
      }
      if (erase.includes(character)) line.pop()
      else if (character === eraseLine) line = []
      else if (line.length < mostCharacters) line.push(character)
    }
    process.stderr.write('\n')
    return line.join('')
  }

  close(): void {
    process.stdin.off('data', this.#hear).off('end', this.#hangUp).pause()
    process.stdin.setRawMode(false)
  }

  async #next(): Promise<string> {
    for (;;) {
      const character = this.#typed.shift()
      if (character !== undefined) return character
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
