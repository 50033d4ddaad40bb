import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import {
  chooseToken,
  findPkcs11Token,
  parseTokenList,
  requireTries,
} from '../../../src/client/software/find-pkcs11-token.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { newSoftToken, softHsm } from './soft-token.ts'

/** In the form of pkcs11-tool 0.23. */
const listed = `Available slots:
Slot 0 (0x26d63e6b): SoftHSM slot ID 0x26d63e6b
  token label        : second token
  token manufacturer : SoftHSM project
  token model        : SoftHSM v2
  token flags        : login required, rng, token initialized, PIN initialized, final user PIN try
  hardware version   : 2.6
  firmware version   : 2.6
  serial num         : 2610063ca6d63e6b
  pin min/max        : 4/255
Slot 1 (0x1): Reader without a card
  (empty)
Slot 2 (0x2): SoftHSM slot ID 0x2
  token state:   uninitialized
`

test('reads what pkcs11-tool says of the tokens', () => {
  assert.deepEqual(parseTokenList(listed), [
    {
      slotId: '0x26d63e6b',
      label: 'second token',
      serialNumber: '2610063ca6d63e6b',
      flags: ['login required', 'rng', 'token initialized', 'PIN initialized', 'final user PIN try'],
      isInitialized: true,
    },
    { slotId: '0x2', label: '', serialNumber: '', flags: [''], isInitialized: false },
  ])
  assert.deepEqual(parseTokenList('No slots.\n'), [])
})

test('sends no PIN to a token that is locked, has none, or would lock itself', () => {
  const [token] = parseTokenList(listed)
  assert.ok(token)
  assert.throws(() => requireTries(token), { code: 'last-pin-try' })
  assert.throws(() => requireTries({ ...token, flags: ['PIN initialized', 'user PIN locked'] }), {
    code: 'pin-blocked',
  })
  assert.throws(() => requireTries({ ...token, flags: ['token initialized'] }), { code: 'pin-not-set' })
  requireTries({ ...token, flags: ['PIN initialized', 'user PIN count low'] })
})

describe('SoftHSM', { skip: leftOutWithout('softhsm2') }, () => {
  test('takes the token of a label or a serial number, and names those that there are', async t => {
    const token = await newSoftToken(t, 'Büro')
    const module = { path: softHsm, environment: token.environment }
    const only = await findPkcs11Token(module, null)
    assert.equal(only.label, 'Büro')
    assert.deepEqual(await findPkcs11Token(module, 'Büro'), only)
    assert.deepEqual(await findPkcs11Token(module, only.serialNumber), only)
    await assert.rejects(findPkcs11Token(module, 'elsewhere'), {
      code: 'target-unusable',
      message: `There is no initialized token "elsewhere". There are:\n  "Büro", serial number ${only.serialNumber}`,
    })
    token.initialize('another')
    await assert.rejects(findPkcs11Token(module, null), {
      message: /^Which token\? Give --token.*"another"/s,
    })
    assert.deepEqual(await findPkcs11Token(module, 'Büro'), only)
    assert.throws(() => chooseToken([only, { ...only, serialNumber: '2' }], 'Büro'), {
      message: /Several tokens are called "Büro". Give --token with a serial number/,
    })
  })

  test('says what is missing: the token, its initialization, the module, pkcs11-tool', async t => {
    const token = await newSoftToken(t, 'alice')
    const { environment } = token
    const find = (path: string, changes: Record<string, string> = {}) =>
      findPkcs11Token({ path, environment: { ...environment, ...changes } }, null)
    await token.configure('slots.removable = false', `directories.tokendir = ${token.folder}/bin`)
    await assert.rejects(find(softHsm), { code: 'target-unusable', message: /no token that is initialized/ })
    for (const path of ['/nowhere/library.so', '/etc/passwd']) {
      await assert.rejects(find(path), {
        code: 'target-unusable',
        message: /cannot be used as a PKCS#11 module/,
      })
    }
    await assert.rejects(find(softHsm, { SOFTHSM2_CONF: '/nowhere' }), {
      message: /cannot be used as a PKCS#11 module \(.*CKR_GENERAL_ERROR/,
    })
    await assert.rejects(find(softHsm, { PATH: '/nowhere' }), {
      code: 'target-unusable',
      message: /pkcs11-tool is not installed.*apt install opensc/,
    })
    assert.throws(() => chooseToken([], null), { message: /has no token. Plug it in/ })
  })

  test('says so of a token without a PIN', async t => {
    const token = await newSoftToken(t, 'alice')
    const args = [
      '--module',
      softHsm,
      '--init-token',
      '--slot-index',
      '1',
      '--label',
      'bare',
      '--so-pin',
      '12345678',
    ]
    const { status, stderr } = spawnSync('pkcs11-tool', args, {
      env: { ...process.env, ...token.environment },
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    await assert.rejects(findPkcs11Token({ path: softHsm, environment: token.environment }, 'bare'), {
      code: 'pin-not-set',
      message: /"bare" has no PIN yet/,
    })
  })
})
