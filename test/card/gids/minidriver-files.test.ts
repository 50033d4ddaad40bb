import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CardError } from '../../../src/card/card-error.ts'
import {
  encodeContainerMap,
  encodeKeyMap,
  encodeMasterFile,
  initialMasterFile,
  readContainerMap,
  readKeyMap,
  readMasterFile,
} from '../../../src/card/gids/minidriver-files.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

suite('the master file', () => {
  test('comes back as it was', () => {
    assert.deepEqual(readMasterFile(encodeMasterFile(initialMasterFile)), initialMasterFile)
    assert.equal(encodeMasterFile(initialMasterFile).length, 0x8d)
  })

  test('is refused in another version, or with half an entry', () => {
    assert.throws(() => readMasterFile(fromHex('02')), CardError)
    assert.throws(() => readMasterFile(fromHex('')), CardError)
    assert.throws(() => readMasterFile(encodeMasterFile(initialMasterFile).subarray(0, -1)), CardError)
  })

  test('takes no name that does not fit', () => {
    const entry = { directory: 'mscp', name: 'ninechars', file: 0xa010, tag: 0xdf24 }
    assert.throws(() => encodeMasterFile([entry]), CardError)
    assert.throws(() => encodeMasterFile([{ ...entry, name: 'kxc\u00000' }]), CardError)
  })
})

/** As Windows wrote it for its first container (a trace in the test of the GidsApplet project). */
const windowsContainerMap = fromHex(
  '320035003700660030003300360032002D0032006500650037002D0034003400660035002D0039003800380035002D' +
    '003300360066006100340039003000660033003000630031000000000000000000030000000008',
)

suite('the container map', () => {
  const container = {
    name: '257f0362-2ee7-44f5-9885-36fa490f30c1',
    isValid: true,
    isDefault: true,
    signatureKeySize: 0,
    keyExchangeKeySize: 2048,
  }

  test('is what Windows writes', () => {
    assert.deepEqual(readContainerMap(windowsContainerMap), [container])
    assert.equal(toHex(encodeContainerMap([container])), toHex(windowsContainerMap))
  })

  test('is empty without containers', () => assert.deepEqual(readContainerMap(fromHex('')), []))

  test('is refused with half a container', () => {
    assert.throws(() => readContainerMap(windowsContainerMap.subarray(1)), CardError)
    assert.throws(() => encodeContainerMap([{ ...container, name: 'x'.repeat(40) }]), CardError)
  })
})

suite('the key map', () => {
  /** As Windows wrote it in the same trace. */
  const windowsKeyMap = fromHex('0101000000079A81B0FFFF0000')
  const key = { isUsed: true, mechanism: 0x07, purpose: 'key exchange', keyFile: 0xb081 } as const

  test('is what Windows writes', () => {
    assert.deepEqual(readKeyMap(windowsKeyMap), [key])
    assert.equal(toHex(encodeKeyMap([key])), toHex(windowsKeyMap))
  })

  test('is refused in another version, or with half a key', () => {
    assert.throws(() => readKeyMap(fromHex('00')), CardError)
    assert.throws(() => readKeyMap(windowsKeyMap.subarray(0, -1)), CardError)
  })
})
