import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultDistinguishedName,
  findAccountNameFault,
  findDisplayNameFault,
  findGroupNameFault,
  findMailFault,
  findUserPrincipalNameFault,
} from '../../src/domain/local-names.ts'
import { encodeName, formatName, parseName } from '../../src/x509/names/distinguished-name.ts'

const organisation = {
  name: 'Contoso',
  domain: 'CONTOSO',
  dnsName: 'contoso.com',
  domainSid: 'S-1-5-21-1-2-3',
  serviceAccountSid: 'S-1-5-21-1-2-3-1000',
}

test('takes account names that Windows would take, in any script', () => {
  for (const name of ['alice', 'anna.berg', "o'neil", 'Ünal_7', 'svc$', '李雷', 'x'.repeat(64)]) {
    assert.equal(findAccountNameFault(name), null, name)
  }
})

test('refuses account names that would be taken for something else', () => {
  const forbidden = [...'"/\\[]:;|=,+*?<>@'].map(character => `a${character}b`)
  for (const name of [...forbidden, '', 'a b', 'a\u0000', '..', 'x'.repeat(65), 'S-1-5-21-1', '\uD800']) {
    assert.notEqual(findAccountNameFault(name), null, name)
  }
})

test('takes blanks within names of groups, but not around them', () => {
  assert.equal(findGroupNameFault('Certificate Managers (Zürich)'), null)
  for (const name of ['', ' a', 'a ', 'a|b', 'a;b', 'a\nb', '. .', 'S-1-5-32-544', 'x'.repeat(257)]) {
    assert.notEqual(findGroupNameFault(name), null, name)
  }
})

test('takes other names within the limits of the directory', () => {
  assert.equal(findDisplayNameFault('Anna "Änn" Berg, Dr.'), null)
  assert.notEqual(findDisplayNameFault(' '), null)
  assert.notEqual(findDisplayNameFault('a\nb'), null)
  assert.equal(findUserPrincipalNameFault('anna@contoso.com'), null)
  for (const name of ['anna', '@contoso.com', 'anna@', 'a@b@c', 'A\\a@b', 'a b@c']) {
    assert.notEqual(findUserPrincipalNameFault(name), null, name)
  }
  assert.equal(findMailFault('a@contoso.com'), null)
  for (const mail of ['a', 'a@', 'a b@c', `${'a'.repeat(256)}@c`])
    assert.notEqual(findMailFault(mail), null, mail)
})

test('makes a distinguished name of any display name that a certificate can carry', () => {
  for (const name of [
    'Anna Berg',
    'Berg, Anna',
    '#1 <Anna>; "A" \\ + =',
    ' Anna ',
    'x'.repeat(256),
    '😀'.repeat(99),
  ]) {
    const parsed = parseName(defaultDistinguishedName(name, organisation))
    encodeName(parsed)
    assert.equal(parsed.at(-1)?.[0]?.value, [...name.trim()].slice(0, 64).join(''), formatName(parsed))
  }
})
