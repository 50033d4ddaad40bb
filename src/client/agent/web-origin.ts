/** An origin that cannot be allowed. The message says why. */
export class WebOriginError extends Error {
  override readonly name = 'WebOriginError'
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * An origin as browsers write it in the Origin header (RFC 6454 §6.2): scheme, host and, unless it is the scheme's own, port.
 *
 * @throws WebOriginError where the text is more or less than one, or one that anybody on the network could pose as
 */
export function parseWebOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname.includes('*')) {
    throw new WebOriginError(`"${text}" is no origin. Give one like https://pki.contoso.com.`)
  }
  if (text !== url.origin && text !== `${url.origin}/`) {
    throw new WebOriginError(`"${text}" is more than an origin, or written unusually. Give ${url.origin}.`)
  }
  if (url.protocol === 'http:' && !loopbackNames.has(url.hostname)) {
    throw new WebOriginError(
      `${url.origin} comes without TLS: anybody on the way could change its pages. Give its https origin.`,
    )
  }
  return url.origin
}

/** One origin a line; empty lines and those that begin with "#" count for nothing. @throws WebOriginError */
export function parseWebOrigins(text: string): string[] {
  const lines = text.split('\n').map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#')).map(parseWebOrigin)
}
