import { open } from 'node:fs/promises'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'

const mostBytes = 4096

/**
 * The line that a file holds, or the standard input where it is `-`, without its end.
 *
 * @param option which names the file, such as `--password-file`
 * @throws UsageError
 */
export async function readPassword(file: string, option: string): Promise<string> {
  const bytes = await (file === '-' ? readInput() : readShortFile(file)).catch((error: unknown) => {
    throw unreadableFile(`${option} ${file}`, error)
  })
  if (bytes.length > mostBytes) throw new UsageError(`${option} ${file} has more than ${mostBytes} bytes.`)
  const password = new TextDecoder().decode(bytes).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(password)) throw new UsageError(`${option} ${file} has more than one line.`)
  return password
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    length += chunk.length
    if (length > mostBytes) break
  }
  return Buffer.concat(chunks)
}

async function readShortFile(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes + 1))
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
