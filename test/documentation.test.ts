import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const pages = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
]

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8')

  test(`every link of ${page} within the project leads somewhere`, () => {
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target)
    const dead = targets.filter(target => !existsSync(join(root, dirname(page), target)))
    assert.deepEqual(dead, [])
  })

  test(`every source file that ${page} names is there`, () => {
    const named = [...text.matchAll(/`((?:src|test|docs|demo|bench)\/[\w./-]+)`/g)].map(
      ([, name = '']) => name,
    )
    const dead = named.filter(name => !existsSync(join(root, name)))
    assert.deepEqual(dead, [])
  })

  test(`${page} has no place left to be filled in`, () => {
    assert.doesNotMatch(text, /@@|TODO|TBD/)
  })
}

for (const page of pages.filter(name => /^docs\/[^/]+$/.test(name))) {
  const text = readFileSync(join(root, page), 'utf8')
  if (!/`cardinal [a-z]|^(\$ )?cardinal [a-z]/m.test(text)) continue

  test(`${page}, which uses the command, says where it comes from`, () => {
    assert.match(text, /`cardinal`[^.]* is `npm run -s cardinal --` in the\scheckout/)
  })
}

test('the page of the architecture names every room', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const rooms = readdirSync(join(root, 'src'))
  const unnamed = rooms.filter(room => !text.includes(`\`${room}/\``))
  assert.deepEqual(unnamed, [], relative(root, 'docs/architecture.md'))
})
