import { createHash, timingSafeEqual } from 'node:crypto'
import { AgentError } from './agent-error.ts'
import type { AgentState, AgentStateFile, KnownOrigin } from './agent-state.ts'

export interface IssuedToken {
  /** 32 random bytes, base64url. A secret. */
  readonly token: string
  readonly expires: Date
}

const tokenBytes = 32
const tokenLife = 90 * 86_400_000
/** For one origin: the browsers of a user. The oldest goes when another one comes. */
const mostTokens = 8

/** What pages sign in with: tokens, each good for one origin that the user has consented to. */
export class OriginTokens {
  readonly #file: AgentStateFile
  readonly #now: () => Date
  readonly #randomBytes: (length: number) => Uint8Array

  constructor(
    file: AgentStateFile,
    { now, randomBytes }: { now: () => Date; randomBytes: (length: number) => Uint8Array },
  ) {
    this.#file = file
    this.#now = now
    this.#randomBytes = randomBytes
  }

  /** @throws AgentStateError */
  async list(): Promise<readonly KnownOrigin[]> {
    return this.#file.read().origins.map(each => this.#withoutExpired(each))
  }

  /** Stands for the user's consent to an origin; another one after it was withdrawn and given again, null for none. */
  consentOf(origin: string): string | null {
    return this.#file.read().origins.find(known => known.origin === origin)?.consented ?? null
  }

  /** Calls back after every change of consents and tokens, by whatever process, until what is returned is called. */
  watch(onChange: () => void): () => void {
    return this.#file.watch(onChange)
  }

  /**
   * Gives an origin a token.
   *
   * @param consent what {@link consentOf} said of it; where that was null, the user has consented since, which is noted
   * @throws AgentError consent-withdrawn where the user has taken it back meanwhile: nobody was asked again
   */
  async issue(origin: string, consent: string | null): Promise<IssuedToken> {
    const token = Buffer.from(this.#randomBytes(tokenBytes)).toString('base64url')
    const issued = this.#now()
    const expires = new Date(issued.getTime() + tokenLife)
    const entry = { hash: hashOf(token), issued: issued.toISOString(), expires: expires.toISOString() }
    await this.#change(origin, known => {
      if (consent !== null && known?.consented !== consent) {
        throw new AgentError('consent-withdrawn', `${origin} may not use the cards any more.`)
      }
      return {
        origin,
        consented: known?.consented ?? issued.toISOString(),
        tokens: [...(known?.tokens ?? []).slice(1 - mostTokens), entry],
      }
    })
    return { token, expires }
  }

  /** Whether the token was issued to this very origin and still counts. */
  async accepts(origin: string, token: string): Promise<boolean> {
    const hash = Buffer.from(hashOf(token), 'hex')
    const known = (await this.list()).find(each => each.origin === origin)
    return (known?.tokens ?? []).some(each => {
      const expected = Buffer.from(each.hash, 'hex')
      return expected.length === hash.length && timingSafeEqual(expected, hash)
    })
  }

  /** Ends one token; the consent stays. */
  async revoke(origin: string, token: string): Promise<void> {
    const hash = hashOf(token)
    await this.#change(
      origin,
      known => known && { ...known, tokens: known.tokens.filter(each => each.hash !== hash) },
    )
  }

  /** Withdraws the consent, and with it all tokens. Resolves to whether there was one. */
  async forget(origin: string): Promise<boolean> {
    let wasKnown = false
    await this.#change(origin, known => {
      wasKnown = known !== undefined
      return undefined
    })
    return wasKnown
  }

  #change(
    origin: string,
    change: (known: KnownOrigin | undefined) => KnownOrigin | undefined,
  ): Promise<void> {
    return this.#file.update((state: AgentState) => {
      const known = state.origins.find(each => each.origin === origin)
      const others = state.origins.filter(each => each !== known)
      const changed = change(known && this.#withoutExpired(known))
      return { ...state, origins: changed === undefined ? others : [...others, changed] }
    })
  }

  #withoutExpired(known: KnownOrigin): KnownOrigin {
    const now = this.#now().getTime()
    return { ...known, tokens: known.tokens.filter(({ expires }) => Date.parse(expires) > now) }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}
