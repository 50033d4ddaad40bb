import type { Access } from '../../../src/http/api.ts'
import type { Outcomes } from './outcomes.ts'
import type { Possessions } from './possessions.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export interface Call {
  readonly url: string
  readonly payload?: object
}

interface CommonOfRows {
  /** What a call must reach, as its route is to declare it. */
  readonly access: Exclude<Access, 'public'>
  /** @param owner what the one has whose objects are called on */
  call(owner: Possessions): Call
  /** Of the caller's possessions, or the other's, what a call that succeeds uses up. */
  readonly spends?: keyof Possessions
  /** Whether it may end the session by which it is made. */
  readonly endsSessions?: true
  /** Whether only an Authorization header will do: a session is no way to begin another. */
  readonly needsHeader?: true
  /** Whether it makes credentials that would outlive an access token. */
  readonly makesCredentials?: true
}

/** What a call on one's own object comes to, and on another's; or on either, where it is on nobody's. */
export type Row = CommonOfRows &
  ({ readonly own: Outcomes; readonly others: Outcomes } | { readonly whoever: Outcomes })

/** A route that is open to everybody, signed in or not. */
export interface PublicRow {
  readonly url: string
  readonly outcome: string
}
