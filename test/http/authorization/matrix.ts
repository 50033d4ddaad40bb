import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { InjectOptions, RouteOptions } from 'fastify'
import { roles } from '../../../src/domain/role.ts'
import { signInSchemes } from '../../../src/domain/sign-in-scheme.ts'
import type { Access } from '../../../src/http/api.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { outcomeOf } from './answer.ts'
import { other, type Person, people } from './people.ts'
import { type Possessions, possessionsOn } from './possessions.ts'
import type { Call, Method, Row } from './row.ts'
import { rowsOfCards, rowsOfV1 } from './rows-of-v1.ts'
import { publicRows, rowsOfV2 } from './rows-of-v2.ts'
import { expectedOutcome, fromAnotherSite, type SchemeTraits, schemeTraits } from './rules.ts'
import { inject, type Scheme, schemesOf } from './schemes.ts'
import { startServerOfSchemes } from './server-of-schemes.ts'

const rows: Readonly<Record<string, Row>> = { ...rowsOfV1, ...rowsOfCards, ...rowsOfV2 }
const persons = Object.entries(people) as [Person, string][]

interface Cell {
  /** The role, and whose the object is. */
  readonly who: string
  readonly account: string
  readonly owner: string
  readonly expected: string
}

/**
 * Tries every route × everybody × own and others' objects × every scheme.
 *
 * One object of a kind serves all calls, also those that change things: a refused call leaves it as it was, and most of
 * the others come to a refusal by its state. Only where a call has used one up does another take its place.
 */
export async function describeMatrix(areDutiesSeparated: boolean): Promise<void> {
  const server = await startServerOfSchemes({ CARDINAL_SEPARATION_OF_DUTIES: String(areDutiesSeparated) })
  const { app } = server
  const accessOf = new Map<string, Access>()
  const hidden: { method: string; url: string; access: Access | undefined }[] = []
  app.addHook('onRoute', ({ method, url, schema, config }: RouteOptions) => {
    for (const each of [method].flat()) {
      if (schema?.hide === true) hidden.push({ method: each, url, access: config?.access })
      else if (each !== 'HEAD' && config !== undefined) accessOf.set(`${each} ${url}`, config.access)
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const schemes = schemesOf(server)
  const possessions = possessionsOn(server.backdoor)
  const possessionsOf = new Map<string, Possessions>()
  for (const account of [...Object.values(people), other]) {
    possessionsOf.set(account, await possessions.of(account))
  }
  after(async () => {
    for (const scheme of schemes) scheme.close()
    await server[Symbol.asyncDispose]()
  })

  const openToAll = publicRows(server.backdoor.environment.rootAuthority.uuid)

  test('has a decision for every route, role and scheme, and none for what there is not', () => {
    const decided = Object.keys({ ...rows, ...openToAll }).map(routeOf)
    assert.deepEqual([...new Set(decided)].sort(), [...accessOf.keys()].sort())
    assert.deepEqual(Object.keys(people).sort(), [...roles, 'no role'].sort())
    assert.deepEqual([...new Set(schemeTraits.map(({ name }) => name))].sort(), [...signInSchemes].sort())
  })

  test('declares of every route the access that was decided', () => {
    const open = Object.keys(openToAll).map(route => [route, 'public'])
    const decided = Object.entries(rows).map(([key, { access }]) => [routeOf(key), access])
    for (const [route = '', access] of [...open, ...decided]) assert.equal(accessOf.get(route), access, route)
  })

  test('describes every route but those that are open to all', () => {
    assert.ok(hidden.length > 0)
    assert.deepEqual(
      hidden.filter(({ access }) => access !== 'public'),
      [],
    )
  })

  function possessionsFor(account: string): Possessions {
    const owned = possessionsOf.get(account)
    if (owned === undefined) throw new Error(`${account} has nothing.`)
    return owned
  }

  /** The outcome that each is to get, by who calls on whose object. */
  function cellsOf(row: Row, scheme: SchemeTraits): Cell[] {
    const { access, needsHeader = false, makesCredentials = false } = row
    const circumstances = { access, scheme, areDutiesSeparated, needsHeader, makesCredentials }
    return persons.flatMap(([person, account]) => {
      const expected = (outcome: string) => expectedOutcome(outcome, { ...circumstances, person })
      if ('whoever' in row) {
        return [{ who: person, account, owner: account, expected: expected(row.whoever[person]) }]
      }
      return [
        { who: `${person}, own`, account, owner: account, expected: expected(row.own[person]) },
        { who: `${person}, other’s`, account, owner: other, expected: expected(row.others[person]) },
      ]
    })
  }

  async function tryCell(route: string, row: Row, scheme: Scheme, { account, owner }: Cell): Promise<string> {
    if (row.endsSessions) scheme.forgetSession(account)
    const method = methodOf(route)
    const call = row.call(possessionsFor(owner))
    const answer = await scheme.send(account, { method, ...withBody(route, call) })
    if (row.endsSessions) scheme.forgetSession(account)
    if (row.spends !== undefined && answer.status < 300) {
      possessionsOf.set(owner, await possessions.replace(possessionsFor(owner), row.spends))
    }
    if (scheme.name === 'basic' && method === 'GET') {
      const { status } = await scheme.send(account, { method: 'HEAD', ...call })
      assert.equal(status, answer.status, 'HEAD is answered as GET is')
    }
    return outcomeOf(answer)
  }

  async function tryRow(route: string, row: Row, scheme: Scheme): Promise<void> {
    const cells = cellsOf(row, scheme)
    const found: string[] = []
    // What changes nothing can be asked side by side, so that one waits while another is answered.
    if (methodOf(route) === 'GET') {
      found.push(...(await Promise.all(cells.map(cell => tryCell(route, row, scheme, cell)))))
    } else for (const cell of cells) found.push(await tryCell(route, row, scheme, cell))
    assert.deepEqual(
      Object.fromEntries(cells.map(({ who }, index) => [who, found[index]])),
      Object.fromEntries(cells.map(({ who, expected }) => [who, expected])),
    )
  }

  for (const scheme of schemes) {
    const isLeftOut = scheme.name === 'negotiate' && leftOutWithout('kerberos')
    describe(`by ${scheme.title}`, { skip: isLeftOut && 'the add-on kerberos is not built' }, () => {
      for (const [route, row] of Object.entries(rows)) {
        test(`answers ${route} to whom it may`, () => tryRow(route, row, scheme))
      }

      test('answers what is open to all', async () => {
        for (const [route, { url, outcome }] of Object.entries(openToAll)) {
          const call = { method: methodOf(route), ...withBody(route, { url }) }
          assert.equal(outcomeOf(await scheme.send(people.subscriber, call)), outcome, route)
          scheme.forgetSession(people.subscriber)
        }
      })

      test('takes no change from a page of another site', async () => {
        const account = people.manager
        for (const [route, row] of changes) {
          const call = row.call(possessionsFor(account))
          const { url } = call
          const method = methodOf(route)
          const headers = { 'sec-fetch-site': 'cross-site' }
          const byScript = { method, ...withBody(route, call), headers }
          assert.equal(outcomeOf(await scheme.send(account, byScript)), fromAnotherSite, route)
          if (!scheme.isSentByBrowser || method !== 'POST') continue
          const byForm = { method, url, payload: 'a=b', headers: { 'content-type': 'text/plain' } }
          assert.equal(outcomeOf(await scheme.send(account, byForm)), fromAnotherSite, route)
        }
      })
    })
  }

  describe('without credentials', () => {
    test('answers nothing but what is open to all', async () => {
      const owner = possessionsFor(other)
      for (const [route, row] of Object.entries(rows)) {
        const call: InjectOptions = { method: methodOf(route), ...withBody(route, row.call(owner)) }
        assert.equal(outcomeOf(await inject(app, call)), '401 NotSignedIn', route)
      }
      for (const [route, { url, outcome }] of Object.entries(openToAll)) {
        const call = { method: methodOf(route), ...withBody(route, { url }) }
        assert.equal(outcomeOf(await inject(app, call)), outcome, route)
      }
    })
  })
}

const changes = Object.entries(rows).filter(([route]) => methodOf(route) !== 'GET')

function routeOf(key: string): string {
  return key.replace(/ \(.*/, '')
}

function methodOf(route: string): Method {
  const method = (['GET', 'POST', 'PUT', 'DELETE'] as const).find(each => route.startsWith(`${each} `))
  if (method === undefined) throw new Error(`${route} has another method.`)
  return method
}

/** What browsers send along by themselves counts in a change with a JSON body alone. */
function withBody(route: string, call: Call): Call {
  return methodOf(route) === 'GET' ? call : { payload: {}, ...call }
}
