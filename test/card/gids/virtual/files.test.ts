import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { authenticationResponse } from '../../../../src/card/secrets/admin-key.ts'
import { byte, fromHex, toHex } from '../../apdu/hex.ts'
import { adminKey, createKeyFile, type GidsHost, newCard, personalCard } from '../gids-host.ts'

const template = '61124F0BA00000039742544659020173034001C0'

/** The five files that the minidriver starts with, as Windows and OpenSC write them. */
const masterFile = [
  '01',
  '6D736370 0000000000 000000000000000000 0000 00000000 00A00000',
  '00000000 0000000000 636172646964000000 0000 20DF0000 12A00000',
  '00000000 0000000000 636172646170707300 0000 21DF0000 10A00000',
  '00000000 0000000000 636172646366000000 0000 22DF0000 10A00000',
  '6D736370 0000000000 636D617066696C6500 0000 23DF0000 10A00000',
]
  .join('')
  .replaceAll(' ', '')

const createDataFile = (identifier: string, put: string, get: string) =>
  `00E000000E620C8201398302${identifier}8C0303${put}${get}`
const activate = '00440000'

async function authenticateAdministrator(host: GidsHost): Promise<void> {
  await host.expect('002281A403830180')
  const challenge = fromHex((await host.expect('00870000047C02810000')).slice(8))
  await host.expect(`008700000C7C0A8208${toHex(authenticationResponse(adminKey, challenge))}`)
}

suite('SELECT', () => {
  for (const { what, command } of [
    { what: 'the bare name', command: '00A4040009A0000003974254465900' },
    { what: 'the name with its major version', command: '00A404000AA000000397425446590200' },
    { what: 'the whole name', command: '00A404000BA00000039742544659020100' },
    { what: 'the application’s identifier', command: '00A40000023FFF00' },
  ]) {
    test(`finds the application by ${what}`, async () => {
      assert.equal(await (await personalCard()).expect(command), template)
    })
  }

  test('gives control parameters, management data, or nothing where they are asked for', async () => {
    const host = await personalCard()
    assert.equal(await host.expect('00A4040409A0000003974254465900'), '62088201388C03033030')
    assert.equal(await host.expect('00A4040809A0000003974254465900'), '64095F2F01607F65028000')
    assert.equal(await host.expect('00A4040C09A0000003974254465900'), '')
    assert.equal(await host.expect('00A4000402A00000'), '620C8201398302A0008C03033000')
  })

  for (const { what, command, answer } of [
    { what: 'another application', command: '00A4040009A0000003080000100000', answer: '6A82' },
    { what: 'a name that goes on', command: '00A404000CA000000397425446590201FF00', answer: '6A82' },
    { what: 'a name that is too short', command: '00A4040008A00000039742544600', answer: '6A82' },
    { what: 'a file that is not there', command: '00A4000C02B081', answer: '6A82' },
    { what: 'the next occurrence', command: '00A4040209A0000003974254465900', answer: '6A86' },
    { what: 'another way of selection', command: '00A4080C023FFF', answer: '6A86' },
    { what: 'an identifier of one byte', command: '00A4000C01A0', answer: '6700' },
  ]) {
    test(`refuses ${what}`, async () => assert.equal(await (await personalCard()).send(command), answer))
  }
})

suite('the files of a personal card', () => {
  test('are those of Windows’ minidriver', async () => {
    const host = await personalCard()
    assert.equal(await host.expect('00CBA000045C02DF1F00'), `DF1F818D${masterFile}`)
    assert.equal(await host.expect('00CBA010045C02DF2100'), 'DF21086D73637000000000')
    assert.equal(await host.expect('00CBA010045C02DF2200'), 'DF2206000000000000')
    assert.equal(await host.expect('00CBA010045C02DF2300'), 'DF2300')
    assert.equal(await host.expect('00CBA012045C02DF2000'), 'DF201000112233445566778899AABBCCDDEEFF')
  })

  test('are read object by object, or all at once', async () => {
    const host = await personalCard()
    const all = await host.expect('00CBA010025C0000')
    assert.equal(all, 'DF21086D73637000000000DF2206000000000000DF2300')
    assert.equal(await host.send('00CBA010045C02DF2400'), '6A88')
    assert.equal(await host.send('00CBA0FF045C02DF2400'), '6A82')
    assert.equal(await host.send('00CBA0100400'), '6700')
  })

  test('are read without their number once they are selected', async () => {
    const host = await personalCard()
    assert.equal(await host.send('00CB0000045C02DF2200'), '6A82')
    await host.expect('00A4000C02A010')
    assert.equal(await host.expect('00CB0000045C02DF2200'), 'DF2206000000000000')
  })

  test('say what the card can do', async () => {
    assert.match(await (await personalCard()).expect('00CB2F01025C0000'), /^4301F4470308.*7F66/)
  })

  for (const { file, everybody, holder, administrator } of [
    { file: 'A000', everybody: 'r', holder: 'rw', administrator: 'rw' },
    { file: 'A010', everybody: 'r', holder: 'rw', administrator: 'rw' },
    { file: 'A011', everybody: '', holder: 'w', administrator: 'w' },
    { file: 'A012', everybody: 'r', holder: 'r', administrator: 'rw' },
    { file: 'A013', everybody: '', holder: 'rw', administrator: 'rw' },
    { file: 'A014', everybody: '', holder: '', administrator: 'rw' },
  ]) {
    test(`give ${file} to those whom it is for`, async () => {
      const host = await personalCard()
      const access = async () => {
        const read = await host.send(`00CB${file}025C0000`)
        const write = await host.send(`00DB${file}04DF2A0101`)
        return `${read === '6982' ? '' : 'r'}${write === '6982' ? '' : 'w'}`
      }
      assert.equal(await access(), everybody)
      await host.verifyPin()
      assert.equal(await access(), holder)
      await host.card.reset()
      await authenticateAdministrator(host)
      assert.equal(await access(), administrator)
    })
  }
})

suite('PUT DATA', () => {
  test('replaces an object and keeps the others', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await host.expect('00DBA01009DF2206000100020003')
    assert.equal(await host.expect('00CBA010045C02DF2200'), 'DF2206000100020003')
    assert.equal(await host.expect('00CBA010045C02DF2300'), 'DF2300')
    const restarted = await host.restart()
    assert.equal(await restarted.expect('00CBA010045C02DF2200'), 'DF2206000100020003')
  })

  test('takes long objects in a chain, and GET DATA gives them in parts', async () => {
    const host = await personalCard()
    await host.verifyPin()
    const value = 'A5'.repeat(2000)
    const object = `DF24820 7D0${value}`.replaceAll(' ', '')
    const parts = object.match(/.{1,480}/g) ?? []
    for (const [index, part] of parts.entries()) {
      const cla = index === parts.length - 1 ? '00' : '10'
      await host.expect(`${cla}DBA010${byte(part.length / 2)}${part}`)
    }
    assert.equal(await host.expect('00CBA0100000045C02DF240000'), object)
    let gathered = ''
    let answer = await host.send('00CBA010045C02DF2400')
    while (answer.slice(-4, -2) === '61') {
      gathered += answer.slice(0, -4)
      answer = await host.send('00C0000000')
    }
    assert.equal(gathered + answer.slice(0, -4), object)
  })

  test('refuses anything but one object', async () => {
    const host = await personalCard()
    await host.verifyPin()
    for (const data of ['', 'DF22', 'DF220600', 'DF2200DF2300', 'DF2280000000']) {
      assert.match(await host.send(`00DBA010${data && byte(data.length / 2)}${data}`), /^6A80$/)
    }
  })

  test('stops when the card is full, and changes nothing then', async () => {
    const host = await personalCard()
    await host.verifyPin()
    const value = '00'.repeat(30_000)
    const write = (tag: number) => host.send(`00DBA010007535DF${byte(tag)}827530${value}`)
    let written = 0
    while ((await write(0x30 + written)) === '9000') written += 1
    assert.equal(written, Math.floor(262_144 / 30_000))
    assert.equal(await write(0x30 + written), '6A84')
    assert.equal(await host.send(`00CBA010045C02DF${byte(0x30 + written)}00`), '6A88')
  })

  test('does not take more than 128 objects in one file', async () => {
    const host = await personalCard()
    await host.verifyPin()
    for (let tag = 0; tag < 0x7f; tag++) await host.send(`00DBA01004DF${byte(tag || 0x7f)}0100`)
    for (let tag = 0x81; tag < 0xa0; tag++) await host.send(`00DBA01005DF${byte(tag)}010100`)
    assert.equal(await host.send('00DBA01005DFFF010100'), '6A84')
  })
})

suite('CREATE FILE and DELETE FILE', () => {
  test('need the PIN or the administrator', async () => {
    const host = await personalCard()
    assert.equal(await host.send(createDataFile('A015', '30', '00')), '6982')
    await host.verifyPin()
    await host.expect(createDataFile('A015', '30', '00'))
    await host.card.reset()
    assert.equal(await host.send('00E4000002A015'), '6982')
    await authenticateAdministrator(host)
    await host.expect('00E4000002A015')
    assert.equal(await host.send('00A4000C02A015'), '6A82')
  })

  test('make a file that serves once it is activated', async () => {
    const host = await personalCard()
    await host.verifyPin()
    await host.expect(createDataFile('A015', '30', '00'))
    assert.equal(await host.send('00DBA01503DF2000'), '6985')
    await host.expect(activate, '00DBA01503DF2000')
  })

  for (const { what, parameters, answer } of [
    { what: 'an identifier that is there', parameters: '8201398302A0008C03033000', answer: '6A89' },
    { what: 'a reserved identifier', parameters: '82013983023FFF8C03033000', answer: '6A80' },
    { what: 'no identifier', parameters: '8201398C03033000', answer: '6A80' },
    { what: 'an identifier of three bytes', parameters: '8201398303A015008C03033000', answer: '6A80' },
    { what: 'no access rule', parameters: '8201398302A015', answer: '6A80' },
    { what: 'a rule with a condition too few', parameters: '8201398302A0158C020330', answer: '6A80' },
    { what: 'a rule with a condition too many', parameters: '8201398302A0158C0403300000', answer: '6A80' },
    { what: 'an unknown kind of file', parameters: '8201018302A0158C03033000', answer: '6A80' },
    { what: 'a data file in the place of a key', parameters: '8201398302B0858C03033000', answer: '6A80' },
    { what: 'a key in the place of a data file', parameters: '8201188302A0158C03033000A500', answer: '6A80' },
    { what: 'a key without uses', parameters: '8201188302B0858C03033000', answer: '6A80' },
    { what: 'two access rules', parameters: '8201398302A0158C030330008C03030000', answer: '6A80' },
  ]) {
    test(`refuse ${what}`, async () => {
      const host = await personalCard()
      await host.verifyPin()
      const length = parameters.length / 2
      assert.equal(await host.send(`00E00000${byte(length + 2)}62${byte(length)}${parameters}`), answer)
    })
  }

  test('stop when the card has all the files that it holds', async () => {
    const host = await personalCard()
    await host.verifyPin()
    for (let reference = 0x81; reference < 0x81 + 30; reference++) {
      await host.expect(createKeyFile(reference, 0x07))
    }
    assert.equal(await host.send(createKeyFile(0x81 + 30, 0x07)), '6A84')
  })

  test('leave the card id to the administrator, and the admin key where it is', async () => {
    const host = await personalCard()
    await host.verifyPin()
    assert.equal(await host.send('00E4000002A012'), '6982', 'else the holder could create it anew')
    assert.equal(await host.send('00E4000002B080'), '6985')
    await authenticateAdministrator(host)
    assert.equal(await host.send('00E4000002B080'), '6985')
  })
})

suite('a card in creation', () => {
  const setPin = '00240180083132333435363738'
  const createAdminKey = '00E000001C 621A820118 8302B080 8C04870020FF A50BA409 800102 830180 9501C0'
  const putAdminKey = `00DB3FFF26 7024 840180 A51F 8718${toHex(adminKey)} 8803B073DC`

  test('is furnished by anybody, until it is activated', async () => {
    const host = await newCard()
    assert.equal(await host.send('00CBA000045C02DF1F00'), '6A82')
    assert.equal(await host.send('00200080'), '9000', 'nothing needs a PIN yet')
    await host.expect(setPin, createDataFile('A012', '20', '00'), activate)
    await host.expect(createAdminKey, activate, putAdminKey)
    assert.equal(await host.verifyPin(), '9000')
    await host.expect('00DBA01205DF20020102', '00A4000C023FFF', activate)
    assert.equal(await host.send('00DBA01205DF20020304'), '6982')
    assert.equal(await host.send('00200080'), '63C5')
    const restarted = await host.restart()
    assert.equal(await restarted.send('00DBA01205DF20020304'), '6982')
    await authenticateAdministrator(restarted)
    await restarted.expect('00DBA01205DF20020304')
  })

  test('is not activated before it has a PIN and an admin key', async () => {
    const host = await newCard()
    assert.equal(await host.send(activate), '6985')
    await host.expect(setPin)
    assert.equal(await host.send(activate), '6985')
    await host.expect(createAdminKey, activate, '00A4000C023FFF')
    assert.equal(await host.send(activate), '6985', 'the file is there, but empty')
    await host.expect(putAdminKey, '00A4000C023FFF', activate)
  })

  test('makes no keys, unblocks nothing and authenticates nobody', async () => {
    const host = await newCard()
    await host.expect(setPin, createKeyFile(0x81, 0x07), activate)
    for (const command of [
      '0047000008AC0680010783018100',
      '002241B6068001578401 81',
      '00870000047C02810000',
      '002C02800831323334 35363738',
    ]) {
      assert.equal(await host.send(command), '6985')
    }
  })

  test('never lets out what nobody may read', async () => {
    const host = await newCard()
    await host.expect(createAdminKey, activate, putAdminKey)
    assert.equal(await host.send('00CB3FFF0A 7008 840180 A503 7F4980 00'), '6982')
  })
})

suite('other instructions', () => {
  for (const instruction of ['CA', 'B0', 'D6', 'E6', '88', 'FF', '00']) {
    test(`answer 6D00 to ${instruction}`, async () => {
      assert.equal(await (await personalCard()).send(`00${instruction}0000`), '6D00')
    })
  }

  test('give random bytes by GET CHALLENGE', async () => {
    const host = await personalCard()
    assert.match(await host.send('0084000008'), /^.{16}9000$/)
    assert.notEqual(await host.send('0084000008'), await host.send('0084000008'))
    assert.equal(await host.send('00840000'), '6700')
    assert.equal(await host.send('0084000108'), '6A86')
  })
})
