import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fillCard } from '../../../src/client/enrollment/fill-card.ts'
import { unblockCard } from '../../../src/client/enrollment/unblock-card.ts'
import type { CardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import { answerShapes } from '../../../src/client/library/generated/answer-shapes.ts'
import type { Shape } from '../../../src/client/library/shape.ts'
import type { ApiRequest } from '../../../src/client/library/transport.ts'
import { cardTemplate, newBenchCard, newKeeper, noWords, person, runOf, words } from './enrollment-bench.ts'
import { startBench } from './server-in-process.ts'
import { enrollSoftwareProfile } from './software-enrollment.ts'

const bench = await startBench({ after })

/** How another server that speaks MIM CM's API may answer with what nobody needs. */
const ways = ['leaves it out', 'answers null', 'answers it, and more that is not declared'] as const
/** What they did so with. */
const unneeded = new Set<string>()
type Way = (typeof ways)[number]

function throughServer(client: CardinalClient, way: Way): CardinalClient {
  return client.through(async (request, send) => {
    const answer = await send(request)
    return { ...answer, body: answeredBy(way, answer.body, shapeOf(request)) }
  })
}

function shapeOf({ method, path }: ApiRequest): Shape {
  const found = Object.entries(answerShapes).find(([name]) => {
    const pattern = name.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')
    return new RegExp(`^${pattern}$`).test(`${method} /${path.split('?')[0]}`)
  })
  assert.ok(found !== undefined, path)
  return found[1]
}

function answeredBy(way: Way, value: unknown, shape: Shape): unknown {
  if (typeof shape === 'string' || value === null) return value
  if ('nullable' in shape) return answeredBy(way, value, shape.nullable)
  if (Array.isArray(value)) {
    const element = 'array' in shape ? shape.array : 'oneOrMany' in shape ? shape.oneOrMany : shape
    return value.map(each => answeredBy(way, each, element))
  }
  if ('oneOrMany' in shape) return answeredBy(way, value, shape.oneOrMany)
  assert.ok('object' in shape && typeof value === 'object')
  const properties = Object.entries(value).flatMap(([name, each]) => {
    const needed = shape.object[name]
    if (needed === undefined) unneeded.add(name)
    if (needed !== undefined) return [[name, answeredBy(way, each, needed)]]
    return way === 'leaves it out' ? [] : [[name, way === 'answers null' ? null : each]]
  })
  if (way === 'answers it, and more that is not declared') properties.push(['Later', { Anything: [1] }])
  return Object.fromEntries(properties)
}

for (const way of ways) {
  test(`certificates in software are enrolled at a server that ${way}, where nobody needs it`, async () => {
    const { chain } = await enrollSoftwareProfile(throughServer(bench.clientOf('alice'), way))
    assert.equal(chain.length, 3)
  })

  test(`a card is enrolled and unblocked at a server that ${way}, where nobody needs it`, async () => {
    const client = throughServer(bench.clientOf('alice'), way)
    const card = await newBenchCard('GIDS')
    const enroll = newKeeper('Enroll', { profiletemplateuuid: cardTemplate })
    const { request } = await fillCard(runOf(client, enroll), () => card.open(), person(), words)
    const unblock = newKeeper('Unblock', { smartcard: request.NewSmartcardUuid })
    await unblockCard(runOf(client, unblock), () => card.open(), person(), noWords)
  })
}

test('little of what a server answers is needed', () => {
  for (const name of [
    'Comment',
    'Flags',
    'Submitted',
    'SecurityDescriptor',
    'Pfx',
    'CertificateLabel',
    'Atr',
  ]) {
    assert.ok(unneeded.has(name), name)
  }
})
