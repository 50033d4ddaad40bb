import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { suite, test } from 'node:test'
import { adminKeyCheckValue } from '../../../../src/card/gids/admin-authentication.ts'
import { authenticationResponse } from '../../../../src/card/secrets/admin-key.ts'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { adminKey, type GidsHost, personalCard } from '../gids-host.ts'

const selectKey = '002281A403830180'
const selectKeyMutually = '0022C1A403830180'
const askForChallenge = '00870000047C02810000'
const deauthenticate = '00200082'
const writeCardId = '00DBA0120 5DF20020102'.replaceAll(' ', '')

function tripleDes(direction: 'encrypt' | 'decrypt', key: Uint8Array, data: Uint8Array): Buffer {
  const create = direction === 'encrypt' ? createCipheriv : createDecipheriv
  const cipher = create('des-ede3-cbc', key, Buffer.alloc(8)).setAutoPadding(false)
  return Buffer.concat([cipher.update(data), cipher.final()])
}

async function authenticateSingly(host: GidsHost, key = adminKey): Promise<string> {
  await host.expect(selectKey)
  const challenge = fromHex((await host.expect(askForChallenge)).slice(8))
  return host.send(`008700000C7C0A8208${toHex(authenticationResponse(key, challenge))}`)
}

/**
 * @param distort changes the plaintext of the host's proof
 * @returns the card's answer, and whether it proved that it knows the key
 */
async function authenticateMutually(
  host: GidsHost,
  key = adminKey,
  distort: (plaintext: Buffer) => unknown = () => undefined,
) {
  const ours = Buffer.alloc(16, 0x11)
  await host.expect(selectKeyMutually)
  const challenge = await host.expect(`00870000147C128110${toHex(ours)}00`)
  assert.equal(challenge.slice(0, 8), '7C128110')
  const theirs = fromHex(challenge.slice(8))
  const plaintext = Buffer.concat([theirs, ours, Buffer.alloc(7, 0x22), Buffer.of(0x80)])
  distort(plaintext)
  const proof = tripleDes('encrypt', key, plaintext)
  const answer = await host.send(`008700002C7C2A8228${toHex(proof)}00`)
  if (!answer.endsWith('9000')) return { answer, proved: false }
  const plain = tripleDes('decrypt', key, fromHex(answer.slice(8, -4)))
  const proved =
    plain.subarray(0, 16).equals(ours) && plain.subarray(16, 32).equals(theirs) && plain[39] === 0x80
  return { answer, proved }
}

suite('the single authentication of the administrator', () => {
  for (const { key, response } of [
    { key: '00'.repeat(24), response: 'F0Zudm4wPLY=' },
    { key: '010203040506070801020304050607080102030405060708', response: 'K1EIo4id/24=' },
    { key: '981540f87a2907f81cfba16e2ac42ac7e397d3584ad56408', response: 'xdUoVecIEg0=' },
  ]) {
    test(`accepts ${response} to the published challenge under key ${key}`, async () => {
      const challenge = Buffer.from('1hFD+cz/0so=', 'base64')
      const host = await personalCard({ adminKey: fromHex(key) }, () => challenge)
      await host.expect(selectKey)
      assert.equal(await host.send(askForChallenge), `7C0A8108${toHex(challenge)}9000`)
      const bytes = toHex(Buffer.from(response, 'base64'))
      assert.equal(await host.send(`008700000C7C0A8208${bytes}`), '9000')
      await host.expect(writeCardId)
    })
  }

  test('is what lets the administrator write the card id', async () => {
    const host = await personalCard()
    assert.equal(await host.send(writeCardId), '6982')
    assert.equal(await authenticateSingly(host), '9000')
    await host.expect(writeCardId)
  })

  test('answers 6982 to a wrong response, and ends what stood before', async () => {
    const host = await personalCard()
    await authenticateSingly(host)
    assert.equal(await authenticateSingly(host, new Uint8Array(24)), '6982')
    assert.equal(await host.send(writeCardId), '6982')
  })

  test('takes each challenge once', async () => {
    const host = await personalCard()
    await host.expect(selectKey)
    const challenge = fromHex((await host.expect(askForChallenge)).slice(8))
    const response = `008700000C7C0A8208${toHex(authenticationResponse(adminKey, challenge))}`
    assert.equal(await host.send(response), '9000')
    assert.equal(await host.send(response), '6985')
    assert.equal(await host.send(writeCardId), '6982')
  })

  test('is blocked for good after as many wrong responses as the card allows', async () => {
    const host = await personalCard({ adminTries: 3 })
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.equal(await authenticateSingly(host, new Uint8Array(24)), '6982')
    }
    assert.equal(await authenticateSingly(host), '6983')
    assert.equal(await authenticateSingly(await host.restart()), '6983')
  })

  test('gives all tries back after a right response', async () => {
    const host = await personalCard({ adminTries: 2 })
    for (let round = 0; round < 3; round++) {
      assert.equal(await authenticateSingly(host, new Uint8Array(24)), '6982')
      assert.equal(await authenticateSingly(host), '9000')
    }
  })

  test('counts no response of a wrong length, and no response without a challenge', async () => {
    const host = await personalCard({ adminTries: 1 })
    await host.expect(selectKey)
    assert.equal(await host.send('008700000C7C0A82080000000000000000'), '6985')
    await host.expect(askForChallenge)
    assert.equal(await host.send('008700000B7C09820700000000000000'), '6A80')
    assert.equal(await authenticateSingly(host), '9000')
  })

  test('needs the key to be selected first', async () => {
    const host = await personalCard()
    assert.equal(await host.send(askForChallenge), '6985')
  })

  for (const data of ['', '7C', '7C00', '7C0100', '7C027900', '7C028200', '7C04810082 00', '7C03810100']) {
    test(`refuses the malformed template '${data}'`, async () => {
      const host = await personalCard({ adminTries: 1 })
      await host.expect(selectKey)
      const bytes = data.replaceAll(' ', '')
      const answer = await host.send(`00870000${bytes && byte(bytes.length / 2)}${bytes}00`)
      assert.match(answer, /^6A80$|^6985$/)
      assert.equal(await authenticateSingly(host), '9000', 'and no try is lost')
    })
  }
})

suite('the mutual authentication of the administrator', () => {
  test('proves the host to the card and the card to the host', async () => {
    const host = await personalCard()
    const { answer, proved } = await authenticateMutually(host)
    assert.equal(answer.slice(0, 8), '7C2A8228')
    assert.ok(proved)
    await host.expect(writeCardId)
  })

  test('refuses another key, counted like a single response', async () => {
    const host = await personalCard({ adminTries: 2 })
    assert.equal((await authenticateMutually(host, new Uint8Array(24))).answer, '6982')
    assert.equal(await authenticateSingly(host, new Uint8Array(24)), '6982')
    assert.equal((await authenticateMutually(host)).answer, '6983')
  })

  for (const { what, position } of [
    { what: 'the card’s challenge', position: 15 },
    { what: 'the host’s challenge', position: 16 },
    { what: 'the padding', position: 39 },
  ]) {
    test(`refuses a proof with ${what} wrong`, async () => {
      const host = await personalCard()
      const change = (plaintext: Buffer) => plaintext.fill(0x77, position, position + 1)
      assert.equal((await authenticateMutually(host, adminKey, change)).answer, '6982')
      assert.equal(await host.send(writeCardId), '6982')
    })
  }

  test('does not take a proof for a single challenge', async () => {
    const host = await personalCard()
    await host.expect(selectKey, askForChallenge)
    assert.equal(await host.send(`008700002C7C2A8228${'00'.repeat(40)}00`), '6A80')
  })

  test('does not take back the card’s own proof', async () => {
    const host = await personalCard()
    const { answer } = await authenticateMutually(host)
    assert.equal(await host.send(`008700002C${answer.slice(0, -4)}00`), '6985')
  })
})

suite('the end of authentications', () => {
  for (const { what, command } of [
    { what: 'VERIFY with reference 82', command: deauthenticate },
    { what: 'another selection of the application', command: '00A4040009A0000003974254465900' },
  ]) {
    test(`comes with ${what}`, async () => {
      const host = await personalCard()
      await host.verifyPin()
      await authenticateSingly(host)
      await host.expect(command)
      assert.equal(await host.send(writeCardId), '6982')
      assert.equal(await host.send('00200080'), '63C5')
    })
  }

  test('takes an open challenge with it', async () => {
    const host = await personalCard()
    await host.expect(selectKey)
    const challenge = fromHex((await host.expect(askForChallenge)).slice(8))
    await host.expect(deauthenticate, selectKey)
    const response = toHex(authenticationResponse(adminKey, challenge))
    assert.equal(await host.send(`008700000C7C0A8208${response}`), '6985')
  })

  test('comes with a reset', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await authenticateSingly(host)
    await host.card.reset()
    assert.equal(await host.send(writeCardId), '6982')
    assert.equal(await host.send('00200080'), '63C5')
  })
})

suite('the PIN', () => {
  test('is verified, and the card says whether it is', async () => {
    const host = await personalCard()
    assert.equal(await host.send('00200080'), '63C5')
    assert.equal(await host.verifyPin(), '9000')
    assert.equal(await host.send('00200080'), '9000')
  })

  test('has its tries told to anybody', async () => {
    const host = await personalCard({ pinTries: 3 })
    assert.equal(await host.expect('00CB3FFF045C027F7100'), '7F7106970103930103')
    await host.verifyPin('00000000')
    assert.equal(await host.expect('00CB3FFF045C027F7200'), '7F7206970102930103')
    assert.equal(await host.send('00CB3FFF045C027F7300'), '6A88', 'there is no PUK')
  })

  test('is blocked after as many wrong ones as the card allows', async () => {
    const host = await personalCard({ pinTries: 3 })
    assert.equal(await host.verifyPin('00000000'), '63C2')
    assert.equal(await host.verifyPin('00000000'), '63C1')
    assert.equal(await host.verifyPin('00000000'), '63C0')
    assert.equal(await host.verifyPin(), '6983')
    assert.equal(await (await host.restart()).verifyPin(), '6983')
  })

  test('is no longer verified after a wrong one', async () => {
    const host = await personalCard()
    await host.verifyPin()
    assert.equal(await host.verifyPin('00000000'), '63C4')
    assert.equal(await host.send('00200080'), '63C4')
  })

  test('loses no try to what cannot be one', async () => {
    const host = await personalCard({ pinTries: 1 })
    assert.equal(await host.verifyPin('123'), '6A80')
    assert.equal(await host.verifyPin('1'.repeat(128)), '6A80')
    assert.equal(await host.send('00200079083132333435363738'), '6A88', 'another reference')
    assert.equal(await host.send('00200180083132333435363738'), '6A86')
    assert.equal(await host.verifyPin(), '9000')
  })

  test('is changed with the old one before the new one', async () => {
    const host = await personalCard()
    await host.expect('002400800E 3132333435363738 363534333231')
    assert.equal(await host.verifyPin(), '63C4')
    assert.equal(await host.verifyPin('654321'), '9000')
  })

  test('is not changed with a wrong old one, which is counted', async () => {
    const host = await personalCard()
    assert.equal(await host.send('002400800E 3132333435363739 363534333231'), '63C4')
    assert.equal(await host.send('0024008008 3132333435363738'), '6A80', 'no new one')
    assert.equal(await host.verifyPin(), '9000')
  })

  test('is not replaced by the new one alone unless the old one was verified', async () => {
    const host = await personalCard()
    assert.equal(await host.send('0024018006363534333231'), '6982')
    await host.verifyPin()
    await host.expect('0024018006363534333231')
  })

  test('is unblocked by the administrator, whose authentication then ends', async () => {
    const host = await personalCard({ pinTries: 1 })
    await host.verifyPin('00000000')
    assert.equal(await host.send('002C028006363534333231'), '6982')
    await authenticateSingly(host)
    await host.expect('002C028006363534333231')
    assert.equal(await host.send(writeCardId), '6982')
    assert.equal(await host.pinTries(), '970101930101')
    assert.equal(await host.verifyPin('654321'), '9000')
  })

  test('is unblocked by nothing else', async () => {
    const host = await personalCard()
    await authenticateSingly(host)
    assert.equal(await host.send('002C00800C313233343536363534333231'), '6A88', 'there is no PUK')
    assert.equal(await host.send('002C038006363534333231'), '6A86')
    assert.equal(await host.send('002C0280033132 33'), '6A80', 'too short')
    assert.equal(await host.verifyPin(), '9000')
  })
})

suite('the admin key', () => {
  const newKey = fromHex('981540f87a2907f81cfba16e2ac42ac7e397d3584ad56408')
  const putNewKey = `00DB3FFF26 7024 840180 A51F 8718${toHex(newKey)} 8803${toHex(adminKeyCheckValue(newKey))}`

  test('has a check value', () => {
    assert.equal(toHex(adminKeyCheckValue(adminKey)), 'B073DC')
    assert.equal(toHex(adminKeyCheckValue(new Uint8Array(24))), '8CA64D')
  })

  test('is replaced by the administrator', async () => {
    const host = await personalCard()
    await authenticateSingly(host)
    await host.expect(putNewKey)
    await host.expect(deauthenticate)
    assert.equal(await authenticateSingly(host), '6982')
    assert.equal(await authenticateSingly(await host.restart(), newKey), '9000')
  })

  test('is not replaced by the holder of the PIN', async () => {
    const host = await personalCard()
    await host.verifyPin()
    assert.equal(await host.send(putNewKey), '6982')
  })

  test('is not replaced by what is no key', async () => {
    const host = await personalCard()
    await authenticateSingly(host)
    const part = toHex(newKey.subarray(0, 23))
    for (const command of [
      `00DB3FFF20 701E 840180 A519 8717${part}`,
      `00DB3FFF26 7024 840180 A51F 8718${toHex(newKey)} 880300`,
      `00DB3FFF27 7025 840180 A520 8718${toHex(newKey)} 880400000000`,
      `00DB3FFF24 7022 840180 A51D 830105 8718${toHex(newKey)}`,
      `00DB3FFF24 7022 840180 A51D 840105 8718${toHex(newKey)}`,
    ]) {
      assert.match(await host.send(command), /^6A8|^6700/)
    }
    assert.equal(await authenticateSingly(host), '9000')
  })

  test('is never read, by nobody', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await authenticateSingly(host)
    assert.equal(await host.send('00CB3FFF0A 7008 840180 A503 7F4980 00'), '6982')
    assert.equal(await host.send('00CBB080025C0000'), '6985')
  })
})
