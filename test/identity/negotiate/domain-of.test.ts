import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainOf } from '../../../src/identity/negotiate/domain-of.ts'

test('reads the domain from the end of a distinguished name', () => {
  assert.equal(domainOf('CN=Adams\\, Alice,OU=Sales,DC=eu,DC=contoso,DC=com'), 'eu.contoso.com')
  assert.equal(domainOf('cn=alice,dc=Contoso,dc=COM'), 'Contoso.COM')
})

test('finds none where there is none', () => {
  for (const name of ['', 'CN=DC\\=com', 'CN=Alice,O=Contoso', 'no name']) assert.equal(domainOf(name), null)
})
