import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeytabError, readKeytab } from '../../../../src/identity/negotiate/kerberos/keytab.ts'
import { faultOfServiceKeys, isNamed } from '../../../../src/identity/negotiate/kerberos/service-keys.ts'
import { makeKeytab } from '../../../testbed/kerberos/ticket.ts'

const realm = 'CONTOSO.COM'
const [keyA, keyB] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const keyOf = (principal: string, key = keyA, version = 3) => ({ principal, realm, version, key })
const web = 'HTTP/cardinal.contoso.com'
const faultOf = (keys: ReturnType<typeof keyOf>[], servicePrincipal?: string) =>
  faultOfServiceKeys(readKeytab(makeKeytab(keys)), servicePrincipal)

test('reads every key of a keytab, with versions above 255', () => {
  assert.deepEqual(readKeytab(makeKeytab([keyOf(web), keyOf('host/cardinal', keyB, 300)])), [
    { principal: web, realm, keyVersion: 3, encryptionType: 18, key: new Uint8Array(keyA) },
    { principal: 'host/cardinal', realm, keyVersion: 300, encryptionType: 18, key: new Uint8Array(keyB) },
  ])
})

test('steps over the hole that a deleted key leaves', () => {
  const whole = makeKeytab([keyOf('host/gone'), keyOf(web)])
  whole.writeInt32BE(-whole.readInt32BE(2), 2)
  assert.deepEqual(
    readKeytab(whole).map(({ principal }) => principal),
    [web],
  )
})

test('refuses what is no keytab', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('-----BEGIN'),
    Buffer.from([5, 1]),
    Buffer.alloc((1 << 20) + 1),
  ]) {
    assert.throws(() => readKeytab(bytes), KeytabError)
  }
})

test('refuses a keytab that is cut off, and says nothing of its keys', () => {
  const whole = makeKeytab([keyOf(web)])
  for (let length = 3; length < whole.length; length++) {
    assert.throws(() => readKeytab(whole.subarray(0, length)), {
      name: 'KeytabError',
      message: /^It is cut off at byte \d+ of a part\.$/,
    })
  }
})

test('throws nothing but KeytabError, whatever it gets', () => {
  const beginning = fc.constant(Buffer.from([5, 2]))
  fc.assert(
    fc.property(beginning, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      try {
        readKeytab(Buffer.concat([start, rest]))
      } catch (error) {
        assert.ok(error instanceof KeytabError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('takes any keys for HTTP where no principal is named', () => {
  assert.equal(faultOf([keyOf(web), keyOf('HTTP/other', keyB), keyOf('host/cardinal', keyB)]), null)
})

test('needs a key for HTTP', () => {
  assert.match(faultOf([]) ?? '', /holds no key for HTTP\/…, only nothing at all/)
  assert.match(faultOf([keyOf('host/cardinal')]) ?? '', /only host\/cardinal@CONTOSO\.COM/)
  // The library compares the service with case.
  assert.match(faultOf([keyOf('http/cardinal.contoso.com')]) ?? '', /holds no key for HTTP/)
})

test('needs a key for the principal that is named, in any case, with or without a realm', () => {
  for (const name of [web, `${web}@${realm}`, 'HTTP/Cardinal.Contoso.com@contoso.com']) {
    assert.equal(faultOf([keyOf(web)], name), null)
  }
  assert.match(faultOf([keyOf(web)], 'HTTP/other') ?? '', /holds no key for HTTP\/other/)
  assert.match(faultOf([keyOf(web)], `${web}@OTHER.COM`) ?? '', /holds no key for/)
})

test('refuses another principal with a key of its own beside the one that is named', () => {
  assert.match(
    faultOf([keyOf(web), keyOf('HTTP/other', keyB)], web) ?? '',
    /also holds a key for HTTP\/other@/,
  )
  assert.equal(faultOf([keyOf(web), keyOf('HTTP/alias')], web), null)
  assert.equal(faultOf([keyOf(web), keyOf('nfs/cardinal', keyB)], web), null)
})

test('compares names of services without case, and realms where one is named', () => {
  const name = { principal: web, realm }
  assert.ok(isNamed('http/CARDINAL.contoso.com', name))
  assert.ok(!isNamed('HTTP/cardinal', name))
  assert.ok(!isNamed(`${web}@OTHER.COM`, name))
})
