import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPageQuery } from '../../../src/client/library/next-page.ts'
import { response, startMisbehavingServer } from './misbehaving-server.ts'

const next = (target: string) => ({ Link: `<${target}>; rel="next"` })
const certificates = (...serials: string[]) =>
  JSON.stringify(serials.map(SerialNumber => ({ SerialNumber, Thumbprint: '' })))

test('a list comes whole, page by page, by the addresses that the server names', async t => {
  const { clientOf, calls } = await startMisbehavingServer(t, [
    response(200, certificates('1', '2'), next('?after=a%2B')),
    response(200, certificates('3'), next('/CertificateManagement/api/v1.0/certificates?after=b')),
    response(200, certificates('4')),
  ])
  const listed = await clientOf().call('GET /v1.0/certificates')
  assert.deepEqual(
    listed?.map(({ SerialNumber }) => SerialNumber),
    ['1', '2', '3', '4'],
  )
  assert.deepEqual(
    calls.map(call => call.split(' HTTP/')[0]),
    ['', '?after=a%2B', '?after=b'].map(query => `GET /CertificateManagement/api/v1.0/certificates${query}`),
  )
})

test('a list whose last page turns out empty is what came before', async t => {
  const { clientOf } = await startMisbehavingServer(t, [
    response(200, certificates('1'), next('?after=a')),
    response(204, null),
  ])
  assert.equal((await clientOf().call('GET /v1.0/certificates'))?.length, 1)
})

test('a layer sees every page', async t => {
  const { clientOf } = await startMisbehavingServer(t, [
    response(200, '[]', next('?after=a')),
    response(200, '[]'),
  ])
  const paths: string[] = []
  const client = clientOf().through((request, send) => {
    paths.push(request.path)
    return send(request)
  })
  await client.call('GET /v1.0/certificates')
  assert.deepEqual(paths, ['v1.0/certificates', 'v1.0/certificates?after=a'])
})

test('no other address is followed, for the credentials would go along', async t => {
  for (const target of [
    'http://127.0.0.1:1/CertificateManagement/api/v1.0/certificates?after=a',
    '/x',
    '//h?y',
    'http://[',
  ]) {
    const { clientOf, calls } = await startMisbehavingServer(t, [response(200, '[]', next(target))])
    await assert.rejects(clientOf().call('GET /v1.0/certificates'), { kind: 'unusable-answer' }, target)
    assert.equal(calls.length, 1)
  }
})

test('each page is checked, and a page of something else is no page', async t => {
  for (const [second, message] of [
    ['[{"SerialNumber":7}]', /body\[1\]\.SerialNumber is not a string/],
    ['{"SerialNumber":"7"}', /one page of the list is not an array/],
  ] as const) {
    const { clientOf } = await startMisbehavingServer(t, [
      response(200, certificates('1'), next('?after=a')),
      response(200, second),
    ])
    await assert.rejects(clientOf().call('GET /v1.0/certificates'), { kind: 'unusable-answer', message })
  }
})

test('pages without end are not followed for ever', async t => {
  const { clientOf } = await startMisbehavingServer(t, [response(200, '[]')])
  let pages = 0
  const client = clientOf().through(async ({ path }) => ({ status: 200, body: [++pages], next: path }))
  await assert.rejects(client.call('GET /v1.0/certificates'), /more than 1000 pages/)
  assert.equal(pages, 1000)
})

test('of the links of an answer, the one of the relation next counts', () => {
  const facts = { method: 'GET', url: 'http://server/list' }
  const queryOf = (link: string) => nextPageQuery(facts, { status: 200, headers: new Headers({ link }) })
  for (const link of [
    '<?after=a>; rel=next',
    '<?after=a> ; title="x, <y>; rel=prev" ; REL = "last NEXT"',
    '<?before=b>; rel="prev", <http://server/list?after=a>;rel="next";title',
    '<http://elsewhere/>; rel=license, </list?after=a>; rel=next; rel=prev',
  ]) {
    assert.equal(queryOf(link), '?after=a', link)
  }
  for (const link of ['', '<?after=a>', '<?after=a>; rel="nexto"', '<?a>; rel=prev; rel=next', 'next']) {
    assert.equal(queryOf(link), null, link)
  }
})
