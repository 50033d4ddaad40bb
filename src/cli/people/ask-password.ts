import { StringDecoder } from 'node:string_decoder'
import { UsageError } from '../usage-error.ts'

const mostCharacters = 1024

const enter = ['\r', '\n']
const interrupt = '\u0003'
const endOfFile = '\u0004'
const eraseLine = '\u0015'
const erase = ['\u007f', '\b']

/** Asks for a new password at the terminal, twice, and shows nothing of it. Throws UsageError. */
export async function askNewPassword(account: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'There is no terminal to ask for the password. Use --password-file FILE ("-" reads it from the input) or --generate-password.',
    )
  }
  const password = await askHidden(`New password for ${account}: `)
  const again = await askHidden('Once more: ')
  if (password !== again) throw new UsageError('The two differ; nothing was changed.')
  return password
}

function askHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  const decoder = new StringDecoder('utf8')
  stderr.write(prompt)
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (settle: () => void) => {
      stdin.off('data', hear)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
    }
    const hear = (chunk: Buffer) => {
      const characters = [...decoder.write(chunk)]
      for (const [index, character] of characters.entries()) {
        if (enter.includes(character)) {
          end(() => resolve(typed))
          // Whoever pastes both lines at once is not asked for the second one again.
          const rest = characters.slice(index + 1).join('')
          if (rest !== '') stdin.unshift(Buffer.from(rest))
          return
        }
        if (character === interrupt || character === endOfFile) {
          return end(() => reject(new UsageError('Broken off; nothing was changed.')))
        }
        if (erase.includes(character)) typed = [...typed].slice(0, -1).join('')
        else if (character === eraseLine) typed = ''
        else if (typed.length < mostCharacters) typed += character
      }
    }
    stdin.setRawMode(true)
    stdin.on('data', hear)
    stdin.resume()
  })
}
