import { request } from 'node:http'
import { createConcurrencyLimit } from '../concurrency-limit.ts'

/** Gets a CRL, or an OCSP response where a request is given. Answers null for whatever goes wrong. */
export type FetchRevocationData = (url: string, ocspRequest: Uint8Array | null) => Promise<Uint8Array | null>

export interface FetchLimits {
  readonly milliseconds: number
  readonly revocationListBytes: number
  readonly ocspResponseBytes: number
}

export const usualFetchLimits: FetchLimits = {
  milliseconds: 3_000,
  revocationListBytes: 8 << 20,
  ocspResponseBytes: 1 << 16,
}

const longestUrl = 2_048

/** Whether such an address is asked: plain HTTP, since what is fetched is signed (RFC 5280 §8, RFC 6960 §A.1). */
export function isFetchable(url: string): boolean {
  if (url.length > longestUrl || !URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return protocol === 'http:' && username === '' && password === ''
}

/**
 * Fetches over plain HTTP, bounded in time and size. Only 200 counts: a redirection leads to where the certificate
 * does not say.
 */
export function createRevocationDataFetch(limits: FetchLimits = usualFetchLimits): FetchRevocationData {
  const limited = createConcurrencyLimit({
    running: 16,
    waiting: 256,
    refusal: () => new Error('Too many revocation lists and responders are asked at this moment.'),
  })
  return async (url, ocspRequest) => {
    if (!isFetchable(url)) return null
    const isOcsp = ocspRequest !== null
    try {
      const bytes = isOcsp ? limits.ocspResponseBytes : limits.revocationListBytes
      return await limited(() => fetchBytes(url, ocspRequest, { milliseconds: limits.milliseconds, bytes }))
    } catch {
      // Whoever asks goes on to the next address and says at the end that none could be had.
      return null
    }
  }
}

function fetchBytes(
  url: string,
  body: Uint8Array | null,
  limits: { readonly milliseconds: number; readonly bytes: number },
): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: body === null ? 'GET' : 'POST',
      // No connection is kept, so that nobody's server holds ours open.
      agent: false,
      signal: AbortSignal.timeout(limits.milliseconds),
      headers:
        body === null
          ? { accept: 'application/pkix-crl' }
          : {
              'content-type': 'application/ocsp-request',
              accept: 'application/ocsp-response',
              'content-length': body.length,
            },
    })
    sent.once('error', reject)
    sent.once('response', response => {
      const chunks: Buffer[] = []
      let length = 0
      response.once('error', reject)
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > limits.bytes) response.destroy(new Error('The answer is too long.'))
        else chunks.push(chunk)
      })
      response.once('end', () => resolve(Uint8Array.from(Buffer.concat(chunks))))
      if (response.statusCode === 200) return
      response.destroy()
      resolve(null)
    })
    sent.end(body ?? undefined)
  })
}
