import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  offerToken,
  type Session,
  type SessionStep,
  sessionExpiry,
  useSessionToken,
} from '../../src/domain/session.ts'

const rules = { idleSeconds: 1800, absoluteSeconds: 36_000, renewalSeconds: 900 }
const start = Date.UTC(2026, 0, 1)
/** The moment so many seconds after the token was renewed. */
const at = (seconds: number) => new Date(start + seconds * 1000)

/** Begun an hour ago, renewed and seen now. */
const session: Session = {
  uuid: 'session',
  tokenHash: 'token',
  offered: null,
  previousTokenHash: 'before',
  renewedAt: at(0),
  userUuid: 'alice',
  scheme: 'basic',
  address: '192.0.2.1',
  begunAt: at(-3600),
  lastSeenAt: at(0),
}

/** How the session stands: when it was last seen, and when a token was offered. */
interface State {
  readonly seen: number
  readonly offered: number | null
}

function stateAt({ seen, offered }: State): Session {
  return {
    ...session,
    lastSeenAt: at(seen),
    offered: offered === null ? null : { tokenHash: 'offer', at: at(offered) },
  }
}

/** By the token that is shown: the one in use, the one before, the offered one. */
type Outcomes = Readonly<Record<'token' | 'before' | 'offer', string>>

/** Every token × age of the token × age of the offer × when the session was last seen, and what follows. */
const table: readonly (readonly [now: number, State, Outcomes])[] = [
  // Young, no offer.
  [0, { seen: 0, offered: null }, { token: 'keep', before: 'keep', offer: 'forgotten' }],
  [59, { seen: 0, offered: null }, { token: 'keep', before: 'keep', offer: 'forgotten' }],
  [60, { seen: 0, offered: null }, { token: 'seen', before: 'copied', offer: 'forgotten' }],
  [60, { seen: 1, offered: null }, { token: 'keep', before: 'copied', offer: 'forgotten' }],
  [899, { seen: 839, offered: null }, { token: 'seen', before: 'copied', offer: 'forgotten' }],
  // Due, no offer.
  [900, { seen: 900, offered: null }, { token: 'offer', before: 'copied', offer: 'forgotten' }],
  [2500, { seen: 900, offered: null }, { token: 'offer', before: 'copied', offer: 'forgotten' }],
  // Offered.
  [901, { seen: 900, offered: 900 }, { token: 'keep', before: 'copied', offer: 'promote' }],
  [959, { seen: 900, offered: 900 }, { token: 'keep', before: 'copied', offer: 'promote' }],
  [959, { seen: 899, offered: 900 }, { token: 'seen', before: 'copied', offer: 'promote' }],
  [960, { seen: 900, offered: 900 }, { token: 'offer', before: 'copied', offer: 'promote' }],
  [2500, { seen: 900, offered: 900 }, { token: 'offer', before: 'copied', offer: 'promote' }],
  // Not used for half an hour.
  [1800, { seen: 0, offered: null }, { token: 'offer', before: 'copied', offer: 'forgotten' }],
  [1801, { seen: 0, offered: null }, { token: 'expired', before: 'expired', offer: 'expired' }],
  [2701, { seen: 900, offered: 900 }, { token: 'expired', before: 'expired', offer: 'expired' }],
  // Ten hours after it began.
  [32_400, { seen: 32_399, offered: 32_399 }, { token: 'keep', before: 'copied', offer: 'promote' }],
  [32_401, { seen: 32_400, offered: 32_400 }, { token: 'expired', before: 'expired', offer: 'expired' }],
  // The clock was set back.
  [-100, { seen: 0, offered: null }, { token: 'keep', before: 'keep', offer: 'forgotten' }],
  [-100, { seen: 0, offered: 0 }, { token: 'keep', before: 'keep', offer: 'promote' }],
]

/** What each outcome of the table stands for. */
function stepOf(outcome: string, before: Session, now: Date): SessionStep {
  switch (outcome) {
    case 'seen':
      return { kind: 'update', session: { ...before, lastSeenAt: now } }
    case 'promote': {
      const tokens = { tokenHash: 'offer', offered: null, previousTokenHash: 'token' }
      return { kind: 'update', session: { ...before, ...tokens, renewedAt: now, lastSeenAt: now } }
    }
    case 'keep':
    case 'offer':
    case 'forgotten':
    case 'expired':
    case 'copied':
      return { kind: outcome }
    default:
      throw new Error(outcome)
  }
}

describe('a call by a token of a session', () => {
  for (const [now, state, outcomes] of table) {
    const before = stateAt(state)
    const title = `${now} s after its renewal, seen at ${state.seen}, offered at ${state.offered}`
    test(title, () => {
      const expected = { ...outcomes, another: outcomes.token === 'expired' ? 'expired' : 'forgotten' }
      for (const [token, outcome] of Object.entries(expected)) {
        const step = useSessionToken(before, token, at(now), rules)
        assert.deepEqual(step, stepOf(outcome, before, at(now)), token)
      }
    })
  }

  test('that has no token before it never ends by a copied one', () => {
    const first = { ...session, previousTokenHash: null }
    for (const now of [0, 60, 900]) {
      assert.deepEqual(useSessionToken(first, 'before', at(now), rules), { kind: 'forgotten' })
    }
  })

  test('is offered a token beside the one in use, which stays', () => {
    const offering = offerToken(session, 'new', at(900))
    assert.deepEqual(offering, {
      ...session,
      offered: { tokenHash: 'new', at: at(900) },
      lastSeenAt: at(900),
    })
  })

  test('by the offered token makes the one in use the one before, for a minute', () => {
    const offering = offerToken(session, 'new', at(900))
    const step = useSessionToken(offering, 'new', at(905), rules)
    assert.ok(step.kind === 'update')
    assert.deepEqual(useSessionToken(step.session, 'token', at(964), rules), { kind: 'keep' })
    assert.deepEqual(useSessionToken(step.session, 'token', at(965), rules), { kind: 'copied' })
    assert.deepEqual(useSessionToken(step.session, 'before', at(906), rules), { kind: 'forgotten' })
    assert.deepEqual(useSessionToken(step.session, 'new', at(1804), rules).kind, 'update')
    assert.deepEqual(useSessionToken(step.session, 'new', at(1805), rules).kind, 'offer')
  })
})

describe('the expiry of a session', () => {
  test('comes half an hour after it was last seen, and at the latest ten hours after it began', () => {
    assert.deepEqual(sessionExpiry({ begunAt: at(0), lastSeenAt: at(600) }, rules), at(2400))
    assert.deepEqual(sessionExpiry({ begunAt: at(0), lastSeenAt: at(35_000) }, rules), at(36_000))
  })
})
