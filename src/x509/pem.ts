import { decodeBase64Lines } from './base64-lines.ts'
import { X509Error } from './x509-error.ts'

export interface PemBlock {
  /** For example `CERTIFICATE` or `X509 CRL`. */
  readonly label: string
  readonly bytes: Uint8Array
}

const maximumLength = 1 << 24

/** The strict form of RFC 7468 §3: 64 columns, LF, a final line break. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return `-----BEGIN ${label}-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
}

/**
 * All blocks of a text; what stands between them is skipped (RFC 7468 §2).
 *
 * @throws X509Error invalid-pem when a block does not end, ends with another label or has headers; invalid-base64
 */
export function decodePem(text: string): readonly PemBlock[] {
  if (text.length > maximumLength) throw new X509Error('invalid-pem', 'a text that is too long')
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | null = null
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, edge, label] = /^-----(BEGIN|END) ([!-,.-~ ]+)-----[ \t]*$/.exec(line) ?? []
    if (label === undefined || edge === undefined) {
      open?.lines.push(line)
      continue
    }
    if ((edge === 'BEGIN') !== (open === null)) throw unbalanced()
    if (open === null) {
      open = { label, lines: [] }
      continue
    }
    if (open.label !== label) throw unbalanced()
    blocks.push({ label, bytes: decodeBase64Lines(open.lines.join('')) })
    open = null
  }
  if (open !== null) throw unbalanced()
  return blocks
}

function unbalanced(): X509Error {
  return new X509Error('invalid-pem', 'BEGIN and END do not belong together')
}
