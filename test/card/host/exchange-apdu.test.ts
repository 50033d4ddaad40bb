import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import { exchangeApdu } from '../../../src/card/host/exchange-apdu.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

const command = { cla: 0, ins: 0xcb, p1: 0, p2: 0, data: fromHex('5C00'), expectedLength: 65_536 }

/** A card that gives these answers in turn, and the last one for ever. */
function scripted(...answers: string[]) {
  const sent: string[] = []
  const transmit = async (bytes: Uint8Array) => {
    sent.push(toHex(bytes))
    return fromHex(answers[Math.min(sent.length, answers.length) - 1] ?? '')
  }
  return { sent, transmit }
}

suite('an exchange with a card by short APDUs', () => {
  test('gathers an answer by GET RESPONSE', async () => {
    const { sent, transmit } = scripted('0102 6102', '0304 6101', '05 9000')
    const response = await exchangeApdu(transmit, command)
    assert.equal(toHex(response.data), '0102030405')
    assert.equal(response.statusWord, 0x9000)
    assert.deepEqual(sent, ['00CB0000025C0000', '00C0000002', '00C0000001'])
  })

  test('asks again with the length that the card names', async () => {
    const { sent, transmit } = scripted('6C03', '010203 9000')
    assert.equal(toHex((await exchangeApdu(transmit, command)).data), '010203')
    assert.deepEqual(sent, ['00CB0000025C0000', '00CB0000025C0003'])
  })

  test('asks again only once', async () => {
    const { sent, transmit } = scripted('6C03')
    assert.equal((await exchangeApdu(transmit, command)).statusWord, 0x6c03)
    assert.equal(sent.length, 2)
  })

  test('sends long data as a chain', async () => {
    const { sent, transmit } = scripted('9000')
    await exchangeApdu(transmit, { ...command, data: new Uint8Array(600), expectedLength: 0 })
    assert.deepEqual(
      sent.map(bytes => bytes.slice(0, 10)),
      ['10CB0000FF', '10CB0000FF', '00CB00005A'],
    )
  })

  test('ends a chain where the card refuses a part', async () => {
    const { sent, transmit } = scripted('6982')
    const response = await exchangeApdu(transmit, { ...command, data: new Uint8Array(600) })
    assert.equal(response.statusWord, 0x6982)
    assert.equal(sent.length, 1)
  })

  for (const { what, answers } of [
    { what: 'promises data and gives none', answers: ['6105'] },
    { what: 'never comes to an end', answers: [`${'00'.repeat(256)}6100`] },
    { what: 'answers a single byte', answers: ['90'] },
    { what: 'answers nothing', answers: [''] },
    { what: 'answers what is no status word', answers: ['0000'] },
  ]) {
    test(`gives up on a card that ${what}`, async () => {
      const { transmit } = scripted(...answers)
      await assert.rejects(
        exchangeApdu(transmit, command),
        error => error instanceof CardError && error.code === 'invalid-apdu',
      )
    })
  }

  test('overwrites what it sent', async () => {
    let kept: Uint8Array = fromHex('FF')
    const transmit = async (bytes: Uint8Array) => {
      kept = bytes
      return fromHex('9000')
    }
    await exchangeApdu(transmit, command)
    assert.ok(kept.every(byte => byte === 0))
  })
})
