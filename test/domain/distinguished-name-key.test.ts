import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distinguishedNameKey, leadingAttribute } from '../../src/domain/distinguished-name-key.ts'

test('is the same for one name in several spellings', () => {
  const key = distinguishedNameKey('CN=Müller\\, Åsa,OU=Sales,DC=contoso')
  for (const spelling of [
    'cn=müller\\, åsa,ou=sales,dc=contoso',
    'CN = Müller\\2C Åsa , OU=Sales,DC=contoso',
    'CN=M\\C3\\BCller\\, A\u030Asa,OU=Sales,DC=contoso',
  ]) {
    assert.equal(distinguishedNameKey(spelling), key)
  }
  assert.equal(distinguishedNameKey('CN=a+OU=b'), distinguishedNameKey('ou=B + cn=A'))
})

test('is another for another name', () => {
  const names = ['CN=a,CN=b', 'CN=a\\,CN\\=b', 'CN=b,CN=a', 'CN=a+CN=b', 'CN=a', 'CN=a\\ ', 'CN=a\\\\', '']
  assert.equal(new Set(names.map(distinguishedNameKey)).size, names.length)
})

test('gives the first attribute', () => {
  assert.deepEqual(leadingAttribute('UID=alice\\2Ba, ou=people'), { type: 'uid', value: 'alice+a' })
  assert.equal(leadingAttribute('alice'), null)
})
