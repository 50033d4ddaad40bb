import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readTicketSid } from '../../../src/identity/negotiate/ticket-sid.ts'
import { SignInRefusal } from '../../../src/identity/sign-in-refusal.ts'
import {
  makePrivilegeAttributes,
  type PrivilegeAttributesOptions,
} from '../../testbed/kerberos/privilege-attributes.ts'

const key = randomBytes(32)
const sid = 'S-1-5-21-3623811015-3361044348-30300820-1013'
const made = (options: Partial<PrivilegeAttributesOptions> = {}) =>
  makePrivilegeAttributes({ key, sid, ...options })

function sidOf(privilegeAttributes: Uint8Array | null, serviceKey: Uint8Array = key): string | null {
  const sessionKey = { encryptionType: 18, key: Buffer.alloc(32) }
  return readTicketSid({ client: 'alice@CONTOSO.COM', sessionKey, privilegeAttributes, serviceKey })
}

function refusalOf(privilegeAttributes: Uint8Array, serviceKey?: Uint8Array): string {
  try {
    return `taken: ${sidOf(privilegeAttributes, serviceKey)}`
  } catch (error) {
    assert.ok(error instanceof SignInRefusal, String(error))
    assert.equal(error.reason, 'unreadable-ticket')
    assert.match(
      error.message,
      /^The privilege attribute certificate in the ticket of alice@CONTOSO\.COM is refused: /,
    )
    return error.message.replace(/^.*refused: /, '')
  }
}

describe('the security identifier in a ticket', () => {
  test('is its account’s', () => assert.equal(sidOf(made()), sid))

  test('is found behind names and groups of any number and length', () => {
    const name = fc.option(fc.string({ maxLength: 40 }))
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.tuple(name, name, name, name, name, name, name, name),
        fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 0xffff_ffff }),
        (groups, names, domain, relativeIdentifier) => {
          const whose = ['S-1-5', ...domain, relativeIdentifier].join('-')
          assert.equal(sidOf(made({ sid: whose, groups, names })), whose)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('is not there where the ticket has none, or one without logon information', () => {
    assert.equal(sidOf(null), null)
    assert.equal(sidOf(made({ sid: null })), null)
  })

  test('is not there for an account of no domain', () => {
    assert.equal(sidOf(made({ sid: 'S-1-5-21-1-2-3-0' })), null)
    const withoutDomain = (information: Buffer) => {
      information.writeUInt32LE(0, 20 + 152)
      return information
    }
    assert.equal(sidOf(made({ changeInformation: withoutDomain })), null)
  })

  test('is found where a read-only domain controller signed by an older algorithm, and added its number', () => {
    assert.equal(sidOf(made({ domainSignature: { type: -138, length: 16, readOnlyNumber: 7 } })), sid)
    assert.equal(sidOf(made({ domainSignature: { type: 16, length: 12, readOnlyNumber: 7 } })), sid)
    assert.equal(sidOf(made({ domainSignature: { type: -138, length: 16 } })), sid)
  })

  test('is not believed without the signature for this service', () => {
    const unsigned = 'the domain has not signed it for this service.'
    assert.equal(refusalOf(made(), randomBytes(32)), unsigned)
    assert.equal(refusalOf(made(), key.subarray(0, 16)), unsigned)
    assert.equal(refusalOf(made({ key: randomBytes(32) })), unsigned)
  })

  test('is not believed where a single bit is another', () => {
    const certificate = made()
    const domainSignature = certificate.length - 16 + 4
    for (let bit = 0; bit < certificate.length * 8; bit++) {
      const position = bit >> 3
      // Nobody but the domain can look at its own signature, which is signed over with zeros in its place.
      if (position >= domainSignature && position < domainSignature + 12) continue
      const changed = Buffer.from(certificate)
      changed[position] = (changed[position] ?? 0) ^ (1 << (bit & 7))
      assert.doesNotMatch(refusalOf(changed), /^taken/, `bit ${bit}`)
    }
  })

  test('is not looked for where a certificate is cut off anywhere', () => {
    const certificate = made()
    for (let end = 0; end < certificate.length; end++) {
      assert.doesNotMatch(refusalOf(certificate.subarray(0, end)), /^taken/, `cut off at ${end}`)
    }
  })

  test('is refused in signed logon information that is cut off anywhere', () => {
    let length = 0
    made({
      changeInformation(information) {
        length = information.length
        return information
      },
    })
    for (let end = 0; end < length; end++) {
      const cutOff = made({ changeInformation: information => information.subarray(0, end) })
      assert.doesNotMatch(refusalOf(cutOff), /^taken/, `cut off at ${end}`)
    }
  })

  test('is refused in signed logon information that contradicts itself', () => {
    const changes: readonly (readonly [
      what: string,
      change: (information: Buffer) => unknown,
      refusal: RegExp,
    ])[] = [
      ['another form', information => information.writeUInt8(2, 0), /unknown form/],
      ['big-endian', information => information.writeUInt8(0, 1), /unknown form/],
      ['another number of groups', information => information.writeUInt32LE(3, 20 + 108), /not as many/],
      [
        'a name longer than its place',
        information => information.writeUInt32LE(99, 20 + 216 + 8),
        /malformed/,
      ],
      ['a name that begins later', information => information.writeUInt32LE(1, 20 + 216 + 4), /malformed/],
      [
        'more numbers than a domain has',
        information => information.writeUInt32LE(0x7fff_ffff, information.length - 28),
        /domain is malformed/,
      ],
    ]
    for (const [what, change, refusal] of changes) {
      const changeInformation = (information: Buffer) => {
        change(information)
        return information
      }
      assert.match(refusalOf(made({ changeInformation })), refusal, what)
    }
  })

  test('is refused or found in whatever a domain controller signs, and nothing else is thrown', () => {
    const at = fc.nat()
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 6 }), changes => {
        const changeInformation = (information: Buffer) => {
          for (const [where, octet] of changes) information[where % information.length] = octet
          return information
        }
        refusalOf(made({ changeInformation }))
      }),
      { numRuns: 1000 },
    )
  })

  test('is refused in anything at all, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), octets => {
        assert.doesNotMatch(refusalOf(octets), /^taken/)
      }),
      { numRuns: 1000 },
    )
  })

  test('is refused where a part stands twice or outside', () => {
    const certificate = made()
    const twice = Buffer.from(certificate)
    twice.writeUInt32LE(1, 8 + 16)
    assert.equal(refusalOf(twice), 'a part stands in it twice.')
    const outside = Buffer.from(certificate)
    outside.writeUInt32LE(1, 8 + 12)
    assert.equal(refusalOf(outside), 'a part lies outside of it.')
    const many = Buffer.from(certificate)
    many.writeUInt32LE(0xffff_ffff, 0)
    assert.equal(refusalOf(many), 'it has no table of its parts.')
  })
})
