import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { readLdifPeople } from '../../../src/directory/file/ldif-people.ts'
import { securityIdentifierOfUuid } from '../../../src/directory/ldap/attributes/binary-security-identifier.ts'
import { formatObjectGuid } from '../../../src/directory/ldap/attributes/object-guid.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type Slapd, startSlapd } from '../ldap/slapd.ts'

const now = new Date('2026-03-04T05:06:07Z')
const read = (text: string) => readLdifPeople(Buffer.from(text), now)

const uuid = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
/** S-1-5-21-1-2-3-1105 (MS-DTYP 2.4.2.2). */
const sid = Buffer.from('010500000000000515000000010000000200000003000000' + '51040000', 'hex').toString(
  'base64',
)

const alice = `dn: CN=Alice Adams,OU=Sales,DC=contoso,DC=com
displayName;lang-fr: Alice en France
objectClass: top
objectClass: person
objectClass: user
cn: Alice Adams
displayName: Alice A.
sAMAccountName: alice
userPrincipalName: alice@contoso.com
mail: alice@contoso.com
objectGUID:: ${formatObjectGuid(uuid).toString('base64')}
objectSid:: ${sid}
userAccountControl: 514
`
const sales = `dn: CN=Sales,DC=contoso,DC=com
objectClass: group
sAMAccountName: Sales
objectGUID:: ${formatObjectGuid(uuid.replace('9', '8')).toString('base64')}
member: CN=Alice Adams,OU=Sales,DC=contoso,DC=com
member: CN=Nested,DC=contoso,DC=com
`

test('reads people of Active Directory with the identifiers that they have there', () => {
  const { people, faults } = read(alice)
  assert.deepEqual(faults, [])
  assert.deepEqual(people, [
    {
      line: 1,
      account: 'alice',
      displayName: 'Alice A.',
      userPrincipalName: 'alice@contoso.com',
      mail: 'alice@contoso.com',
      distinguishedName: 'CN=Alice Adams,OU=Sales,DC=contoso,DC=com',
      enabled: false,
      uuid,
      sid: 'S-1-5-21-1-2-3-1105',
      sidIfNew: undefined,
      groups: undefined,
    },
  ])
})

test('takes an account that is not disabled for enabled, and says nothing where the export does not', () => {
  const enabled = (control: string) =>
    read(alice.replace('userAccountControl: 514\n', control)).people[0]?.enabled
  assert.equal(enabled('userAccountControl: 512\n'), true)
  assert.equal(enabled('userAccountControl: 512\nlockoutTime: 133000000000000000\n'), true)
  assert.equal(enabled('userAccountControl: 512\naccountExpires: 130000000000000000\n'), false)
  assert.equal(enabled(''), undefined)
})

test('takes identifiers in text, as the tools of Samba write them', () => {
  const text = alice
    .replace(/objectGUID:: .*/, `objectGUID: ${uuid.toUpperCase()}`)
    .replace(/objectSid:: .*/, 'objectSid: S-1-5-21-9-9-9-9')
  const [person] = read(text).people
  assert.deepEqual([person?.uuid, person?.sid], [uuid, 'S-1-5-21-9-9-9-9'])
})

test('reads groups with the names of their members, and passes over what is neither', () => {
  const { groups, passedOver, people } = read(
    `${sales}\ndn: CN=PC1,DC=contoso,DC=com\nobjectClass: user\nobjectClass: computer\nsAMAccountName: PC1$\n`,
  )
  assert.equal(people.length, 0)
  assert.equal(passedOver.size, 1)
  assert.deepEqual(
    groups.map(({ name, members }) => [name, members.map(member => `${member.line} ${member.name}`)]),
    [['Sales', ['5 CN=Alice Adams,OU=Sales,DC=contoso,DC=com', '6 CN=Nested,DC=contoso,DC=com']]],
  )
})

test('names faults by the line of the attribute', () => {
  const broken = alice
    .replace(/objectGUID:: .*/, 'objectGUID:: AAAA')
    .replace(/objectSid:: .*/, 'objectSid:: AAAA')
    .replace('sAMAccountName: alice\n', '')
  const { faults } = read(`${broken}\n${sales.replace('member:', 'member;range=0-1499:')}`)
  assert.deepEqual(
    faults.map(({ line, message }) => `${line} ${message}`),
    [
      '1 sAMAccountName is missing.',
      '10 objectGUID is not a uuid.',
      '11 objectSid is not a security identifier.',
      '18 Only a part of the members is here ("range="). Export all of them.',
    ],
  )
  assert.match(read('').faults[0]?.message ?? '', /no entries/)
})

test('never throws, whatever is cut off or exchanged', () => {
  const text = `${alice}\n${sales}`
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(text.length), fc.string({ unit: 'binary' }), (from, to, put) => {
      read(text.slice(0, Math.min(from, to)) + put + text.slice(Math.max(from, to)))
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void readLdifPeople(bytes, now)))
})

const suffix = 'dc=fabrikam,dc=test'
const directory = `dn: ${suffix}
objectClass: organization
objectClass: dcObject
o: Fabrikam
dc: fabrikam

dn: uid=zoe,${suffix}
objectClass: inetOrgPerson
uid: zoe
cn: Zoë Österreicher with a name that is so long that the line has to be folded
sn:: w5ZzdGVycmVpY2hlcg==
mail: zoe@fabrikam.test

dn: cn=Grüße\\, alle,${suffix}
objectClass: groupOfNames
cn: Grüße, alle
member: uid=zoe,${suffix}
member: cn=inner,${suffix}

dn: cn=inner,${suffix}
objectClass: groupOfNames
cn: inner
member: uid=zoe,${suffix}
`

test('reads what ldapsearch writes of an OpenLDAP server', {
  skip: leftOutWithout('slapd'),
}, async () => {
  const slapd: Slapd = await startSlapd(suffix, directory)
  after(() => slapd.stop())
  const search = async (...options: string[]) => {
    const { stdout } = await promisify(execFile)(
      'ldapsearch',
      ['-LLL', '-x', ...options, '-H', slapd.url, '-b', suffix, '(objectClass=*)', '*', 'entryUUID'],
      { encoding: 'buffer' },
    )
    return readLdifPeople(stdout, now)
  }
  for (const options of [[], ['-o', 'ldif-wrap=no'], ['-o', 'ldif-wrap=20']]) {
    const { people, groups, passedOver, faults } = await search(...options)
    assert.deepEqual(faults, [])
    assert.equal(passedOver.size, 1)
    const [zoe] = people
    assert.equal(people.length, 1)
    assert.equal(zoe?.account, 'zoe')
    assert.equal(
      zoe?.displayName,
      'Zoë Österreicher with a name that is so long that the line has to be folded',
    )
    assert.equal(zoe?.mail, 'zoe@fabrikam.test')
    assert.equal(zoe?.distinguishedName, `uid=zoe,${suffix}`)
    assert.equal(zoe?.sidIfNew, securityIdentifierOfUuid(zoe?.uuid ?? ''))
    assert.deepEqual(
      groups.map(({ name, members }) => [name, members.map(member => member.name)]),
      [
        ['Grüße, alle', [`uid=zoe,${suffix}`, `cn=inner,${suffix}`]],
        ['inner', [`uid=zoe,${suffix}`]],
      ],
    )
  }
})
