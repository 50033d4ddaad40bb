import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { byte } from '../../apdu/hex.ts'
import { authenticate, generateKey } from '../administrator.ts'
import { newCard, type PivWire } from '../piv-cards.ts'

const get = (identifier: string) =>
  `00CB3FFF${byte(2 + identifier.length / 2)}5C${byte(identifier.length / 2)}${identifier}00`

/** PUT DATA by a chain of commands, each with what fits into one; the answer to the last. */
async function put(card: PivWire, identifier: string, content: string): Promise<string> {
  const length = (content.length / 2).toString(16).padStart(4, '0')
  let data = `5C03${identifier}5382${length}${content}`
  while (data.length > 510) {
    assert.equal(await card.send(`10DB3FFFFF${data.slice(0, 510)}`), '9000')
    data = data.slice(510)
  }
  return card.send(`00DB3FFF${byte(data.length / 2)}${data}`)
}

async function read(card: PivWire, identifier: string): Promise<string> {
  let answer = await card.send(get(identifier))
  let data = ''
  while (answer.slice(-4, -2) === '61') {
    data += answer.slice(0, -4)
    answer = await card.send(`00C00000${answer.slice(-2)}`)
  }
  return data + answer
}

suite('the PIV application', () => {
  test('is selected by its identifier, in full or as far as it goes, and tells its properties', async () => {
    const card = await newCard()
    const whole = 'A000000308000010000100'
    const expected = '611C4F06000010000100 79074F05A000000308 500C43617264696E616C20504956'
    for (const length of [5, 9, 11]) {
      const properties = await card.expect(`00A40400${byte(length)}${whole.slice(0, 2 * length)}00`)
      assert.equal(properties, expected.replaceAll(' ', '').replace('611C', `61${properties.slice(2, 4)}`))
      assert.equal(Number.parseInt(properties.slice(2, 4), 16), properties.length / 2 - 2)
    }
    for (const other of ['A0000003', 'A00000030801', 'A00000039742544659', `${whole}00`]) {
      assert.equal(await card.send(`00A40400${byte(other.length / 2)}${other}00`), '6A82')
    }
    assert.equal(await card.send('00A4000C023F00'), '6A86')
  })

  test('answers commands without Le as well, as over T=0', async () => {
    const card = await newCard()
    for (const command of ['00CB3FFF035C017E', '00F70080', '00F80000', '00FD0000']) {
      const data = await card.expect(`${command}00`)
      assert.ok(data.length > 0)
      assert.equal(await card.expect(command), data)
    }
    await authenticate(card)
    await card.expect(generateKey('9A', '11'))
    assert.match(await card.send('00F99A00'), /^3082.{508}61..$/)
  })

  test('tells which PIN serves', async () => {
    const card = await newCard()
    assert.equal(await card.expect(get('7E')), '7E124F0BA0000003080000100001005F2F024000')
    await authenticate(card)
    assert.equal(await card.send('00DB3FFF047E024F00'), '6A81')
  })

  test('keeps what the administrator puts into it, replaces it and deletes it', async () => {
    const card = await newCard()
    assert.equal(await card.send(get('5FC102')), '6A82')
    await authenticate(card)
    assert.equal(await put(card, '5FC102', 'AA01'), '9000')
    assert.equal(await card.send(get('5FC102')), '5302AA019000')
    assert.equal(await put(card, '5FC102', 'BB'), '9000')
    assert.equal(await (await card.restart()).send(get('5FC102')), '5301BB9000')
    assert.equal(await put(card, '5FC102', ''), '9000')
    assert.equal(await card.send(get('5FC102')), '6A82')
  })

  test('carries objects of many parts both ways', async () => {
    const card = await newCard()
    await authenticate(card)
    const content = '0123456789ABCDEF'.repeat(400)
    assert.equal(await put(card, '5FC105', content), '9000')
    assert.equal(await read(card, '5FC105'), `53820C80${content}9000`)
  })

  test('shows the holder’s own data after the PIN alone', async () => {
    const card = await newCard()
    await authenticate(card)
    for (const identifier of ['5FC103', '5FC108', '5FC109', '5FC121', '5FC123']) {
      await card.send('0020FF80')
      assert.equal(await put(card, identifier, 'AA01'), '9000')
      assert.equal(await card.send(get(identifier)), '6982')
      await card.verify('123456')
      assert.equal(await card.send(get(identifier)), '5302AA019000')
    }
  })

  test('has room for so many bytes and objects, and loses nothing when it is full', async () => {
    const card = await newCard()
    await authenticate(card)
    const content = 'A5'.repeat(30_000)
    const answers = []
    for (let index = 0; index < 9; index++) answers.push(await put(card, `5FFF0${index}`, content))
    assert.deepEqual(answers, [...Array(8).fill('9000'), '6A84'])
    assert.equal((await read(card, '5FFF00')).length, 2 * 30_004 + 4)
    const many = await newCard()
    await authenticate(many)
    // The certificate of the attestation key is there already.
    for (let index = 0; index < 127; index++) {
      assert.equal(await put(many, `5FFE${byte(index)}`, 'AA'), '9000')
    }
    assert.equal(await put(many, '5FFF00', 'AA'), '6A84')
  })

  test('refuses data that is not one object and its content', async () => {
    const card = await newCard()
    await authenticate(card)
    const refused = [
      ['00DB3FFF055C035FC102', '6A80'],
      ['00DB3FFF075C035FC10253', '6700'],
      ['00DB3FFF0A5C035FC1025302AA0100', '6A80'],
      ['00DB3FFF085C0253025302AA01', '6A82'],
      ['00DB3FFE095C035FC1025302AA01', '6A86'],
      ['00CB3FFF045C025FC100', '6A82'],
      ['00CB3FFF025C0000', '6A82'],
      ['00CB3F00055C035FC10200', '6A86'],
      ['00F5000000', '6D00'],
      ['80CB3FFF055C035FC10200', '6E00'],
    ] as const
    for (const [command, word] of refused) assert.equal(await card.send(command), word, command)
  })
})
