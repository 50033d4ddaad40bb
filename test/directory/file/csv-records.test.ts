import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCsvRecords } from '../../../src/directory/file/csv-records.ts'

const fieldsOf = (text: string, delimiter = ',') => {
  const { records, fault } = readCsvRecords(text, delimiter)
  assert.equal(fault, null)
  return records.map(({ fields }) => fields)
}

test('reads the examples of RFC 4180 §2', () => {
  assert.deepEqual(fieldsOf('aaa,bbb,ccc\r\nzzz,yyy,xxx'), [
    ['aaa', 'bbb', 'ccc'],
    ['zzz', 'yyy', 'xxx'],
  ])
  assert.deepEqual(fieldsOf('"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx\r\n'), [
    ['aaa', 'b\r\nbb', 'ccc'],
    ['zzz', 'yyy', 'xxx'],
  ])
  assert.deepEqual(fieldsOf('"aaa","b""bb","ccc"'), [['aaa', 'b"bb', 'ccc']])
})

test('takes every end of a line, empty fields, and no record from an empty line', () => {
  assert.deepEqual(fieldsOf('a,\n\r\n,b\rc,""\n\n'), [
    ['a', ''],
    ['', 'b'],
    ['c', ''],
  ])
  assert.deepEqual(fieldsOf('a,'), [['a', '']])
  assert.deepEqual(fieldsOf(''), [])
})

test('takes a semicolon between fields, and then a comma as a character', () => {
  assert.deepEqual(fieldsOf('a,b;c', ';'), [['a,b', 'c']])
})

test('says on which line a record begins, whatever lies within quotes before it', () => {
  const { records } = readCsvRecords('a\n"b\nb\r\nb"\n\nc', ',')
  assert.deepEqual(
    records.map(({ line }) => line),
    [1, 2, 6],
  )
})

for (const [what, text, line] of [
  ['a quote that is never closed', 'a\n"b\nc', 2],
  ['a quote within a bare field', 'a\nb\nc"d', 3],
  ['something behind a closing quote', 'a\n"b"c', 2],
  ['a field that is too long', `a\n${'b'.repeat(65_537)}`, 2],
  ['a line of too many fields', `a\n${','.repeat(101)}`, 2],
] as const) {
  test(`stops at ${what}`, () => {
    const { records, fault } = readCsvRecords(text, ',')
    assert.equal(fault?.line, line)
    assert.equal(records.length, line - 1)
  })
}

test('reads back whatever is written by the rules', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'ü', '😀', '"', ',', ';', '\n', '\r', ' ') })
  const record = fc.array(field, { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(
      fc.array(record),
      fc.constantFrom(',', ';'),
      fc.constantFrom('\n', '\r\n'),
      (records, delimiter, end) => {
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`
        const text = records.map(fields => fields.map(quoted).join(delimiter) + end).join('')
        assert.deepEqual(fieldsOf(text, delimiter), records)
      },
    ),
  )
})

test('never throws, and names a line that is there', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' '), maxLength: 60 })
  fc.assert(
    fc.property(text, value => {
      const { records, fault } = readCsvRecords(value, ',')
      const lines = value.split(/\r\n|\r|\n/).length
      for (const { line } of [...records, ...(fault === null ? [] : [fault])]) {
        assert.ok(line >= 1 && line <= lines, `${line} of ${lines}`)
      }
    }),
    { numRuns: 2000 },
  )
})
