import assert from 'node:assert/strict'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  verify,
} from 'node:crypto'
import { suite, test } from 'node:test'
import { signDigest } from '../../../src/card/virtual/digest-signature.ts'
import { fromHex, toHex } from '../apdu/hex.ts'

/** The keys of RFC 6979 §A.2.5 and §A.2.6: curve, hash, private key and public point. */
const p256 = {
  crv: 'P-256',
  d: 'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
  x: '60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6',
  y: '7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299',
}
const p384 = {
  crv: 'P-384',
  d: '6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5',
  x: 'EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13',
  y: '8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720',
}

function keyOf({ crv, d, x, y }: typeof p256) {
  const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')
  const key = { kty: 'EC', crv, d: base64url(d), x: base64url(x), y: base64url(y) }
  return createPrivateKey({ key, format: 'jwk' })
}

suite('ECDSA over a digest', () => {
  for (const { key, hash, message, r, s } of [
    {
      key: p256,
      hash: 'sha256',
      message: 'sample',
      r: 'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
      s: 'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
    },
    {
      key: p256,
      hash: 'sha256',
      message: 'test',
      r: 'F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367',
      s: '019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083',
    },
    {
      key: p384,
      hash: 'sha384',
      message: 'sample',
      r: '94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46',
      s: '99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8',
    },
  ]) {
    test(`gives the signature of RFC 6979 for ${key.crv} and "${message}", whatever the blinding`, () => {
      const digest = createHash(hash).update(message).digest()
      assert.equal(toHex(signDigest(keyOf(key), digest, randomBytes)), r + s)
      assert.equal(toHex(signDigest(keyOf(key), digest, length => new Uint8Array(length))), r + s)
    })
  }

  test('is verified by openssl for digests shorter and longer than the order', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const message = Buffer.from('message')
    for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
      const signature = signDigest(privateKey, createHash(hash).update(message).digest(), randomBytes)
      const key = createPublicKey(privateKey)
      assert.ok(verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature), hash)
    }
  })

  test('is not for keys of other kinds', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    assert.throws(() => signDigest(privateKey, fromHex('00'.repeat(32)), randomBytes), TypeError)
  })
})
