import type { IncomingMessage } from 'node:http'
import { AgentError } from '../agent-error.ts'

const maximumBytes = 64 * 1024

/**
 * Reads a request's JSON. How long it may take is the server's `requestTimeout`.
 *
 * @throws AgentError not-json, body-too-large, invalid-request
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? ''
  // Forms and text come here without a preflight; this type does not (Fetch §2.2.2).
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(type) || 'content-encoding' in request.headers) {
    throw new AgentError('not-json', 'Send the body as application/json.')
  }
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maximumBytes) throw tooLarge()
    chunks.push(chunk)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    // The parser's own message repeats a part of the text.
    throw new AgentError('invalid-request', 'The body is no JSON.')
  }
}

function tooLarge(): AgentError {
  return new AgentError('body-too-large', `A body has at most ${maximumBytes} bytes.`)
}
