import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readLdifEntries } from '../../../src/directory/file/ldif-entries.ts'

function entriesOf(text: string) {
  const { entries, faults } = readLdifEntries(text)
  assert.deepEqual(faults, [])
  return entries.map(({ distinguishedName, values }) => [
    distinguishedName,
    ...values.map(({ attribute, options, bytes }) => [
      [attribute, ...options].join(';'),
      Buffer.from(bytes).toString(),
    ]),
  ])
}

test('reads the examples of RFC 2849: several records, folded lines, base64, options', () => {
  const text = [
    'version: 1',
    '# Example 1',
    '#  with a comment that is',
    ' folded',
    'dn: cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com',
    'objectclass: top',
    'cn: Barbara Jensen',
    'description:Babs is a big sailing fan, and travels extensively in sea',
    ' rch of perfect sailing conditions.',
    '',
    '',
    'dn:: b3U95Za25qWt6YOoLG89QWlyaXVz',
    'ou;lang-ja:: 5Za25qWt6YOo',
    'description;LANG-en: Japanese',
    'empty:',
  ].join('\n')
  const expected = [
    [
      'cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com',
      ['objectclass', 'top'],
      ['cn', 'Barbara Jensen'],
      [
        'description',
        'Babs is a big sailing fan, and travels extensively in search of perfect sailing conditions.',
      ],
    ],
    ['ou=営業部,o=Airius', ['ou;lang-ja', '営業部'], ['description;lang-en', 'Japanese'], ['empty', '']],
  ]
  assert.deepEqual(entriesOf(text), expected)
  assert.deepEqual(entriesOf(text.replaceAll('\n', '\r\n')), expected)
})

for (const [what, text, line, message] of [
  ['a record of a change', 'dn: cn=a\nchangetype: modify\nreplace: cn\ncn: b\n-', 2, /record of a change/],
  [
    'a record of changes with their lines between dashes',
    'dn: cn=a\ncn: a\n-\n',
    3,
    /not "attribute: value"/,
  ],
  ['a control', 'dn: cn=a\ncontrol: 1.2.3 true\nchangetype: delete', 2, /record of a change/],
  ['a value in another file', 'dn: cn=a\njpegPhoto:< file:///etc/passwd', 2, /another file/],
  ['another version', 'version: 2\n\ndn: cn=a', 1, /version 1/],
  ['what is not base64', 'dn: cn=a\ncn:: abc!', 2, /not base64/],
  ['base64 without its padding', 'dn: cn=a\ncn:: YQ', 2, /not base64/],
  ['a line without a colon', 'dn: cn=a\ncn', 2, /not "attribute: value"/],
  ['a record without a name', 'cn: a', 1, /begins with "dn:"/],
  ['two records without an empty line between', 'dn: cn=a\ncn: a\ndn: cn=b', 3, /empty line/],
  ['a name that is not UTF-8', 'dn:: /w==', 1, /not UTF-8/],
  ['a folded line with nothing before it', ' cn: a\n', 1, /goes on/],
] as const) {
  test(`finds fault with ${what}, and reads the next record`, () => {
    const { entries, faults } = readLdifEntries(`${text}\n\ndn: cn=next\ncn: next\n`)
    assert.equal(faults[0]?.line, line)
    assert.match(faults[0]?.message ?? '', message)
    assert.equal(entries.at(-1)?.distinguishedName, 'cn=next')
  })
}

test('names the line on which a folded value began', () => {
  const { entries } = readLdifEntries('dn: cn=a\n,\n'.replace('\n,', '\n ,dc=b'))
  assert.equal(entries[0]?.distinguishedName, 'cn=a,dc=b')
  const [entry] = readLdifEntries('dn: cn=a\ncn: x\n y\nsn: z').entries
  assert.deepEqual(
    entry?.values.map(({ line }) => line),
    [2, 4],
  )
})

test('reads back whatever is written and folded by the rules', () => {
  const value = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { maxLength: 4 }), { minLength: 1 }),
      fc.nat(20),
      (records, width) => {
        const fold = (line: string) => line.match(new RegExp(`.{1,${width + 2}}`, 'gs'))?.join('\n ') ?? ''
        const base64 = (text: string) => Buffer.from(text).toString('base64')
        const text = records
          .map(values => ['dn: cn=a', ...values.map(one => `cn:: ${base64(one)}`)].map(fold).join('\n'))
          .join('\n\n')
        assert.deepEqual(
          entriesOf(text),
          records.map(values => ['cn=a', ...values.map(one => ['cn', Buffer.from(one).toString()])]),
        )
      },
    ),
  )
})

test('never throws, and names a line that is there', () => {
  const piece = fc.constantFrom(
    'dn: cn=a',
    'cn',
    ':',
    ': ',
    '<',
    '\n',
    '\r\n',
    ' ',
    '#',
    'version: 1',
    'ü',
    '-',
    'YQ==',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const text = pieces.join('')
      const { entries, faults } = readLdifEntries(text)
      const lines = text.split('\n').length
      for (const { line } of [...entries, ...faults]) assert.ok(line >= 1 && line <= lines)
    }),
    { numRuns: 2000 },
  )
})
