import { Type } from 'typebox'
import type { Api } from './api.ts'
import { causeOf } from './cause-of.ts'
import { shownWord } from './schemas.ts'

export interface HealthCheck {
  /** Throws where what it looks at does not work. */
  check(): Promise<void>
  /** Whether the server is of no use without it. What it can do without only degrades it. */
  readonly isNeeded: boolean
}

type CheckResult = 'ok' | 'degraded' | 'failed'

const milliseconds = 2000

/**
 * `/health/live`: the process answers. `/health/ready`: 503 where something fails that the server is of no use without.
 * What changes is logged once.
 */
export function addHealthRoutes(api: Api, checks: Readonly<Record<string, HealthCheck>>): void {
  const tags = ['Health']

  api.get(
    '/health/live',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'The process answers',
        response: { 200: Type.Object({ status: shownWord(['live']) }) },
      },
    },
    async () => ({ status: 'live' }),
  )

  const readiness = Type.Object({
    status: shownWord(['ready', 'degraded', 'not ready']),
    checks: Type.Record(Type.String(), shownWord(['ok', 'degraded', 'failed'])),
  })
  const last = new Map<string, CheckResult>()
  api.get(
    '/health/ready',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Everything that the server cannot do without works',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (request, reply) => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          const fault = await findFault(check)
          const result = fault === null ? 'ok' : check.isNeeded ? 'failed' : 'degraded'
          const before = last.get(name) ?? 'ok'
          last.set(name, result)
          if (result !== before) logChange(request.log, name, result, fault)
          return [name, result] as const
        }),
      )
      const found = new Set<CheckResult>(results.map(([, result]) => result))
      const status = found.has('failed') ? 'not ready' : found.has('degraded') ? 'degraded' : 'ready'
      return reply
        .code(status === 'not ready' ? 503 : 200)
        .send({ status, checks: Object.fromEntries(results) })
    },
  )
}

type Log = Record<'info' | 'warn' | 'error', (facts: object, text: string) => void>

function logChange(log: Log, check: string, result: CheckResult, fault: unknown): void {
  if (result === 'ok') log.info({ check }, 'a health check passes again')
  else if (result === 'degraded') log.warn({ check, fault: causeOf(fault) }, 'a health check is degraded')
  else log.error({ check, fault: causeOf(fault) }, 'a health check failed')
}

async function findFault({ check }: HealthCheck): Promise<Error | null> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    await Promise.race([check(), timeout])
    return null
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error('unknown fault')
  } finally {
    clearTimeout(timer)
  }
}
