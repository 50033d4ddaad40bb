import { CardinalError } from '../../domain/error.ts'
import type { Clock } from '../../workflows/ports/clock.ts'
import { ProviderError, type ProviderFetch } from './provider-fetch.ts'
import { type ProviderKeys, parseProviderKeys } from './provider-keys.ts'
import { type ProviderMetadata, parseProviderMetadata } from './provider-metadata.ts'
import { rememberAnswer } from './remembered-answer.ts'

/** The OpenID Connect provider, as far as it is known. Nothing is asked of it before it is needed. */
export interface Provider {
  /** @throws CardinalError ServiceUnavailable where it cannot be had */
  metadata(): Promise<ProviderMetadata>
  /**
   * Its keys, not older than five minutes where the provider answers, and not older than an hour where it does not.
   *
   * @throws CardinalError ServiceUnavailable where they cannot be had
   */
  keys(): Promise<ProviderKeys>
  /** As `keys`, for a key that is not among those: fetched anew, though not more often than twice a minute. */
  newestKeys(): Promise<ProviderKeys>
  /** @throws Error where the provider did not answer as it should, within the last half minute */
  check(): Promise<void>
}

const minute = 60
const keysAge = 5 * minute
const metadataAge = 60 * minute
const usableWithoutProvider = 60 * minute
/** Whoever sends tokens with invented key identifiers makes the server ask the provider this often at the most. */
const pauseBetweenKeys = 30
const pauseBetweenMetadata = 5

/** @param options.issuer without a slash at its end */
export function createProvider(options: {
  readonly issuer: string
  readonly fetch: ProviderFetch
  readonly clock: Clock
}): Provider {
  const { issuer, fetch, clock } = options

  const metadata = rememberAnswer({
    clock,
    pauseSeconds: pauseBetweenMetadata,
    usableSeconds: 24 * 60 * minute,
    fetch: async () =>
      parseProviderMetadata(await fetchJson(fetch, `${issuer}/.well-known/openid-configuration`), issuer),
  })
  const keys = rememberAnswer({
    clock,
    pauseSeconds: pauseBetweenKeys,
    usableSeconds: usableWithoutProvider,
    fetch: async () =>
      parseProviderKeys(await fetchJson(fetch, (await metadata.current(metadataAge)).jwksUri)),
  })

  const orUnavailable = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    try {
      return await answer
    } catch (error) {
      throw new CardinalError('ServiceUnavailable', 'The sign-in provider does not answer as it should.', {
        cause: error,
      })
    }
  }

  return {
    metadata: () => orUnavailable(metadata.current(metadataAge)),
    keys: () => orUnavailable(keys.current(keysAge)),
    newestKeys: () => orUnavailable(keys.current(0)),
    async check() {
      await keys.current(pauseBetweenKeys)
      const fault = keys.fault ?? metadata.fault
      if (fault !== null) throw fault
    },
  }
}

async function fetchJson(fetch: ProviderFetch, address: string): Promise<unknown> {
  const response = await fetch(address)
  if (response.status !== 200) throw new ProviderError(`${address} was answered ${response.status}.`)
  try {
    return await response.json()
  } catch (error) {
    throw new ProviderError(`${address}: the answer is no JSON.`, { cause: error })
  }
}
