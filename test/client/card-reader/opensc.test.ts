import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, suite, type TestContext, test } from 'node:test'
import { openssl } from '../../card/openssl.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Pcscd, startPcscd } from '../../testbed/pcscd.ts'
import { type InsertedCard, insertNewCard } from './inserted-card.ts'

const adminKey = '010203040506070801020304050607080102030405060708'
const serialNumber = '00112233445566778899aabbccddeeff'
const pin = '123456'

let pcscd: Pcscd
const reader = () => ['--reader', pcscd.reader]
const slot = () => ['--slot-description', pcscd.reader]
const login = (text = pin) => [...slot(), '--login', '--pin', text]

suite('OpenSC, through pcscd', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    pcscd = await startPcscd()
  })
  after(() => pcscd.stop())

  test('sees the card in its reader and knows what it is', async t => {
    const card = await insertNewCard(t, pcscd)
    const readers = await card.tool('opensc-tool', '--list-readers')
    assert.match(readers, new RegExp(`Yes +${pcscd.reader}`))
    const atr = await card.tool('opensc-tool', ...reader(), '--atr')
    assert.equal(atr.trim(), '3b:8d:01:80:fb:a0:00:00:03:97:42:54:46:59:03:01:c8')
    assert.equal((await card.tool('opensc-tool', ...reader(), '--name')).trim(), 'GIDS Smart Card')
  })

  test('initializes the card once', async t => {
    const card = await initializedCard(t)
    const dump = await card.tool('gids-tool', ...reader())
    assert.match(dump, /Found 5 entries in the masterfile/)
    assert.match(dump, /mscp\\cmapfile/)
    assert.doesNotMatch(dump, /unable/)
    const again = await pcscd.run('gids-tool', ...initialization())
    assert.match(again.stderr, /SC_CARDCTL_GIDS_INITIALIZE.* failed/)
    const slots = await card.tool('pkcs11-tool', '--list-slots')
    assert.match(slots, /token label +: GIDS card \(UserPIN\)/)
    assert.match(slots, /login required, token initialized, PIN initialized/)
    assert.match(slots, new RegExp(`serial num +: ${serialNumber.slice(16)}`))
    const tokens = await card.tool('pkcs15-tool', ...reader(), '--dump')
    assert.match(tokens, new RegExp(`Serial number +: ${serialNumber}`))
  })

  test('changes the PIN by PKCS#15 and by PKCS#11', async t => {
    const card = await initializedCard(t)
    const change = ['--change-pin', '--auth-id', '80', '--pin', pin, '--new-pin', '654321']
    await card.tool('pkcs15-tool', ...reader(), ...change)
    assert.equal(await verifyPin(pin), 'PIN code or key incorrect')
    const answer = await card.tool(
      'pkcs11-tool',
      ...slot(),
      '--change-pin',
      '--pin',
      '654321',
      '--new-pin',
      '98765432',
    )
    assert.match(answer, /PIN successfully changed/)
    assert.equal(await verifyPin('98765432'), '')
    assert.equal(await triesLeft(card), 5)
  })

  test('blocks the PIN, and unblocks it with the admin key alone', async t => {
    const card = await initializedCard(t)
    for (let left = 4; left >= 0; left--) {
      assert.notEqual(await verifyPin('000000'), '')
      assert.equal(await triesLeft(card), left)
    }
    assert.equal(await verifyPin(pin), 'Authentication method blocked')
    const unblock = (key: string) => ['--unblock', '--admin-key', key, '--pin', '222222']
    const refused = await pcscd.run('gids-tool', ...reader(), ...unblock('1'.repeat(48)))
    assert.match(refused.stderr, /AUTHENTICATE_ADMIN.* failed with Security status not satisfied/)
    const unblocked = await card.tool('gids-tool', ...reader(), ...unblock(adminKey))
    assert.match(unblocked, /Unblock PIN done successfully/)
    assert.equal(await triesLeft(card), 5)
    assert.equal(await verifyPin('222222'), '')
  })

  test('changes the admin key', async t => {
    const card = await initializedCard(t)
    const newKey = 'a1'.repeat(24)
    const change = ['--change-admin-key', '--admin-key', adminKey, '--new-admin-key', newKey]
    await card.tool('gids-tool', ...reader(), ...change)
    const unblock = (key: string) =>
      pcscd.run('gids-tool', ...reader(), '--unblock', '--admin-key', key, '--pin', pin)
    assert.match((await unblock(adminKey)).stderr, /Security status not satisfied/)
    assert.match((await unblock(newKey)).stdout, /Unblock PIN done successfully/)
  })

  test('generates a key, signs with it and opens what was sealed for it', async t => {
    const card = await initializedCard(t)
    const generated = await generateKey(card)
    assert.match(generated, /Private Key Object; RSA[\s\S]*Public Key Object; RSA 2048 bits/)
    const { stdout, stderr } = await pcscd.run('pkcs11-tool', ...login(), '--test')
    // OpenSC's GIDS driver has no random numbers, which is the one error; the card has (GET CHALLENGE).
    const errors = stderr.match(/ERR.*/g)
    assert.deepEqual(errors, ['ERR: C_GenerateRandom failed: CKR_FUNCTION_NOT_SUPPORTED (0x54)'])
    assert.match(stdout, /all 4 signature functions seem to work/)
    assert.match(stdout, /SHA256-RSA-PKCS: OK/)
    assert.match(stdout, /Decryption[\s\S]*RSA-PKCS: OK/)
    assert.doesNotMatch(stdout, /fail/i)

    const message = card.file('message')
    const signature = card.file('signature')
    const publicKey = card.file('public.der')
    await writeFile(message, 'a message')
    await readPublicKey(card, '00', publicKey)
    const sign = ['--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', '00', '-i', message, '-o', signature]
    await card.tool('pkcs11-tool', ...login(), ...sign)
    const verify = [
      'dgst',
      '-sha256',
      '-verify',
      publicKey,
      '-keyform',
      'DER',
      '-signature',
      signature,
      message,
    ]
    assert.equal(openssl(verify).toString(), 'Verified OK\n')

    const sealed = card.file('sealed')
    const opened = card.file('opened')
    const encrypt = ['pkeyutl', '-encrypt', '-pubin', '-inkey', publicKey, '-keyform', 'DER']
    await writeFile(sealed, openssl([...encrypt, '-in', message]))
    const decrypt = ['--decrypt', '--mechanism', 'RSA-PKCS', '--id', '00', '-i', sealed, '-o', opened]
    await card.tool('pkcs11-tool', ...login(), ...decrypt)
    assert.equal(await readFile(opened, 'utf8'), 'a message')
  })

  test('writes a certificate beside its key, reads it and deletes both', async t => {
    const card = await initializedCard(t)
    await generateKey(card)
    const publicKey = card.file('public.der')
    const publicPem = card.file('public.pem')
    const authority = card.file('ca.key')
    const certificate = card.file('leaf.der')
    const read = card.file('read.der')
    await readPublicKey(card, '00', publicKey)
    openssl(['pkey', '-pubin', '-inform', 'DER', '-in', publicKey, '-out', publicPem])
    openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', authority])
    const subject = ['-new', '-subj', '/CN=alice', '-key', authority, '-force_pubkey', publicPem]
    openssl(['x509', ...subject, '-signkey', authority, '-days', '1', '-outform', 'DER', '-out', certificate])
    await card.tool('pkcs11-tool', ...login(), '--write-object', certificate, '--type', 'cert', '--id', '00')
    await card.tool('pkcs11-tool', ...slot(), '--read-object', '--type', 'cert', '--id', '00', '-o', read)
    assert.deepEqual(await readFile(read), await readFile(certificate))
    const pem = await card.tool('pkcs15-tool', ...reader(), '--read-certificate', '00')
    assert.equal(new X509Certificate(pem).subject, 'CN=alice')
    assert.match(await card.tool('gids-tool', ...reader()), /mscp\\kxc00/)
    const dump = await card.tool('pkcs15-tool', ...reader(), '--dump')
    assert.match(
      dump,
      /Private RSA Key \[first\][\s\S]*Public RSA Key \[first\][\s\S]*X\.509 Certificate \[first\]/,
    )
    assert.match(dump, /sensitive, alwaysSensitive, neverExtract, local/)

    for (const type of ['cert', 'privkey']) {
      await card.tool('pkcs11-tool', ...login(), '--delete-object', '--type', type, '--id', '00')
    }
    // OpenSC shows the emptied container as a key without a name.
    assert.doesNotMatch(await card.tool('pkcs15-tool', ...reader(), '--dump'), /\[first\]|Certificate/)
    const gone = await pcscd.run('pkcs15-tool', ...reader(), '--read-public-key', '00')
    assert.notEqual(gone.status, 0)
  })

  test('keeps several keys apart, also one for signatures alone', async t => {
    const card = await initializedCard(t)
    await generateKey(card)
    await generateKey(card, 'second', '01', '--usage-sign')
    const objects = await card.tool('pkcs11-tool', ...login(), '--list-objects')
    assert.match(objects, /label: +first\n +ID: +00\n +Usage: +decrypt, sign\n/)
    assert.match(objects, /label: +second\n +ID: +01\n +Usage: +sign\n/)
    const message = card.file('message')
    const signature = card.file('signature')
    const publicKey = card.file('public.der')
    await writeFile(message, 'a message')
    await readPublicKey(card, '01', publicKey)
    const sign = ['--sign', '--mechanism', 'SHA384-RSA-PKCS', '--id', '01', '-i', message, '-o', signature]
    await card.tool('pkcs11-tool', ...login(), ...sign)
    const verify = [
      'dgst',
      '-sha384',
      '-verify',
      publicKey,
      '-keyform',
      'DER',
      '-signature',
      signature,
      message,
    ]
    assert.equal(openssl(verify).toString(), 'Verified OK\n')
  })

  test('puts in a key from outside, which signs', async t => {
    const card = await initializedCard(t)
    const message = card.file('message')
    const signature = card.file('signature')
    const pem = card.file('key.pem')
    const der = card.file('key.der')
    await writeFile(message, 'a message')
    openssl(['genrsa', '-traditional', '-out', pem, '2048'])
    openssl(['rsa', '-in', pem, '-traditional', '-outform', 'DER', '-out', der])
    const write = ['--write-object', der, '--type', 'privkey', '--label', 'recovered', '--id', '00']
    await card.tool('pkcs11-tool', ...login(), ...write, '--usage-sign')
    const sign = ['--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', '00', '-i', message, '-o', signature]
    await card.tool('pkcs11-tool', ...login(), ...sign)
    const verified = openssl(['dgst', '-sha256', '-prverify', pem, '-signature', signature, message])
    assert.equal(verified.toString(), 'Verified OK\n')
  })

  test('lets openssl make a certification request with the key on the card', async t => {
    const card = await initializedCard(t)
    await generateKey(card)
    const request = card.file('request.pem')
    const key = `pkcs11:object=first;type=private;pin-value=${pin}`
    const engine = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', key]
    await card.tool('openssl', 'req', '-new', ...engine, '-subj', '/CN=alice', '-out', request)
    const { status, stderr } = await pcscd.run('openssl', 'req', '-in', request, '-noout', '-verify')
    assert.equal(status, 0)
    assert.match(stderr, /self-signature verify OK/)
  })

  test('finds spent tries and keys again after the card was killed', async t => {
    const card = await initializedCard(t)
    await generateKey(card)
    const before = await card.tool('pkcs15-tool', ...reader(), '--read-public-key', '00')
    for (let attempt = 0; attempt < 2; attempt++) assert.notEqual(await verifyPin('000000'), '')
    await card.killAndInsert()
    assert.equal(await triesLeft(card), 3)
    assert.equal(await card.tool('pkcs15-tool', ...reader(), '--read-public-key', '00'), before)
    assert.equal(await verifyPin(pin), '')
  })
}

function initialization(): string[] {
  const secrets = ['--admin-key', adminKey, '--pin', pin, '--serial-number', serialNumber]
  return [...reader(), '--initialize', ...secrets]
}

async function initializedCard(t: TestContext): Promise<InsertedCard> {
  const card = await insertNewCard(t, pcscd)
  await card.tool('gids-tool', ...initialization())
  return card
}

function generateKey(card: InsertedCard, label = 'first', id = '00', ...usage: string[]): Promise<string> {
  const wanted = ['--keypairgen', '--key-type', 'rsa:2048', '--label', label, '--id', id, ...usage]
  return card.tool('pkcs11-tool', ...login(), ...wanted)
}

/** What pkcs15-tool complains of, nothing where the PIN is right. */
async function verifyPin(text: string): Promise<string> {
  const { stderr } = await pcscd.run(
    'pkcs15-tool',
    ...reader(),
    '--verify-pin',
    '--auth-id',
    '80',
    '--pin',
    text,
  )
  return stderr.trim().replace(/^Operation failed: /, '')
}

async function triesLeft(card: InsertedCard): Promise<number> {
  const pins = await card.tool('pkcs15-tool', ...reader(), '--list-pins')
  return Number(/Tries left +: (\d+)/.exec(pins)?.[1])
}

async function readPublicKey(card: InsertedCard, id: string, file: string): Promise<void> {
  await card.tool('pkcs11-tool', ...slot(), '--read-object', '--type', 'pubkey', '--id', id, '-o', file)
}
