import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { maskedCommand, maskedResponse } from '../../../src/card/host/masked-apdu.ts'
import { fromHex } from '../apdu/hex.ts'

suite('a transcript of commands', () => {
  for (const { what, command } of [
    { what: 'a PIN', command: '0020008004 31323334' },
    { what: 'a PIN in a chain', command: '1020008004 31323334' },
    { what: 'a changed PIN', command: '0024008008 3132333431323335' },
    { what: 'an unblocking PIN', command: '002C028004 31323334' },
    { what: 'a response to a challenge', command: '008700000C 7C0A8208 3132333435363738' },
    { what: 'a key', command: '00DB3FFF08 7006840180 313233' },
    { what: 'a PIV management key', command: '00FFFFFF07 039B18 31323334' },
    { what: 'data of an unknown instruction', command: '00EE000004 31323334' },
  ]) {
    test(`hides ${what}`, () => {
      const masked = maskedCommand(fromHex(command))
      assert.ok(masked.startsWith(command.slice(0, 8)))
      assert.doesNotMatch(masked, /3132/)
    })
  }

  test('shows what is no secret', () => {
    assert.equal(maskedCommand(fromHex('00A4000C023FFF')), '00A4000C023FFF')
    assert.equal(maskedResponse(fromHex('00CBA000045C02DF1F00'), fromHex('DF1F009000')), 'DF1F009000')
  })

  test('hides challenges and what was deciphered, and shows their status words', () => {
    assert.equal(maskedResponse(fromHex('0087000000'), fromHex('7C0A81089000')), '[4 bytes masked] 9000')
    assert.equal(maskedResponse(fromHex('002A808600'), fromHex('0102039000')), '[3 bytes masked] 9000')
    assert.equal(maskedResponse(fromHex('00C0000000'), fromHex('0102039000')), '[3 bytes masked] 9000')
    assert.equal(maskedResponse(fromHex('0020008000'), fromHex('63C2')), '63C2')
  })
})
