import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encodeResponseApdu, parseResponseApdu } from '../../../src/card/apdu/response-apdu.ts'
import { describeStatusWord, triesLeftOfStatusWord } from '../../../src/card/apdu/status-word.ts'
import { CardError } from '../../../src/card/card-error.ts'
import { fromHex, toHex } from './hex.ts'

suite('a response APDU', () => {
  test('is data and a status word', () => {
    const response = parseResponseApdu(fromHex('DF2000 6A88'))
    assert.equal(toHex(response.data), 'DF2000')
    assert.equal(response.statusWord, 0x6a88)
    assert.equal(toHex(encodeResponseApdu(response)), 'DF20006A88')
  })

  for (const { fault, bytes } of [
    { fault: 'nothing', bytes: fromHex('') },
    { fault: 'one byte', bytes: fromHex('90') },
    { fault: 'a status word of 0000', bytes: fromHex('0000') },
    { fault: 'a procedure byte for a status', bytes: fromHex('6000') },
    { fault: 'more than a command can ask for', bytes: new Uint8Array(65_539).fill(0x90) },
  ]) {
    test(`refuses ${fault}`, () => assert.throws(() => parseResponseApdu(bytes), CardError))
  }
})

suite('a status word', () => {
  test('is told in words, with its digits', () => {
    assert.equal(describeStatusWord(0x9000), 'success (9000)')
    assert.equal(describeStatusWord(0x63c2), 'verification failed, tries left: 2 (63C2)')
    assert.match(describeStatusWord(0x6110), /more data/)
    assert.match(describeStatusWord(0x6c10), /length/)
    assert.match(describeStatusWord(0x1234), /unknown.*\(1234\)/)
  })

  test('says how many tries are left, if that is what it says', () => {
    assert.equal(triesLeftOfStatusWord(0x63c0), 0)
    assert.equal(triesLeftOfStatusWord(0x63cf), 15)
    assert.equal(triesLeftOfStatusWord(0x6300), undefined)
    assert.equal(triesLeftOfStatusWord(0x6983), undefined)
  })
})
