import { Type } from 'typebox'
import type { Api } from './api.ts'

/** Throws where what it looks at does not work. */
export type HealthCheck = () => Promise<void>

const milliseconds = 2000

/** `/health/live`: the process answers. `/health/ready`: every check passes; 503 where one does not. */
export function addHealthRoutes(api: Api, checks: Readonly<Record<string, HealthCheck>>): void {
  const tags = ['Health']

  api.get(
    '/health/live',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'The process answers',
        response: { 200: Type.Object({ status: Type.String() }) },
      },
    },
    async () => ({ status: 'live' }),
  )

  const readiness = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Type.String()) })
  api.get(
    '/health/ready',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Everything that the server needs works',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (request, reply) => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          const fault = await findFault(check)
          if (fault !== null) request.log.error({ check: name, fault: fault.message }, 'health check failed')
          return [name, fault === null ? 'ok' : 'failed'] as const
        }),
      )
      const isReady = results.every(([, result]) => result === 'ok')
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? 'ready' : 'not ready', checks: Object.fromEntries(results) })
    },
  )
}

async function findFault(check: HealthCheck): Promise<Error | null> {
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
