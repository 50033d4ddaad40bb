import type { ApiClient } from '../api-client.ts'
import { call, objectOf, text } from '../v1/wire-check.ts'

/** Who calls. */
export interface SessionView {
  readonly user: {
    readonly uuid: string
    /** `DOMAIN\name`. */
    readonly account: string
    readonly displayName: string
  }
}

const sessionView = objectOf<SessionView>({
  user: objectOf<SessionView['user']>({ uuid: text, account: text, displayName: text }),
})

/** @throws ApiError refused, with status 401 where the credentials are not accepted */
export function getSession(client: ApiClient): Promise<SessionView> {
  return call(client, { method: 'GET', path: 'v2.0/session' }, sessionView)
}
