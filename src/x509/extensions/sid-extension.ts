import { decodeDer } from '../der/der-reader.ts'
import { encodeString } from '../der/der-string.ts'
import { derTag } from '../der/der-tag.ts'
import { derOctetString, encodeDer } from '../der/der-writer.ts'
import type { Extension } from '../extension.ts'
import { encodeGeneralNames, readGeneralNames } from '../names/general-name.ts'
import { objectIdentifiers } from '../object-identifier.ts'
import { X509Error } from '../x509-error.ts'

// [MS-DTYP] 2.4.2.1: S-1, an identifier authority, at most 15 sub-authorities.
const sidForm = /^S-1-(?:0|[1-9][0-9]{0,14}|0x[0-9A-Fa-f]{12})(?:-(?:0|[1-9][0-9]{0,9})){1,15}$/

/**
 * The subject's security identifier, which domain controllers demand for a strong mapping ([MS-WCCE] 2.2.2.7.7.4):
 * GeneralNames with one otherName whose value is an OCTET STRING with the identifier's text.
 *
 * @param sid `S-1-5-21-…`
 * @throws X509Error invalid-extension when it is no security identifier
 */
export function encodeSidExtension(sid: string): Extension {
  if (!sidForm.test(sid)) throw new X509Error('invalid-extension', 'not a security identifier')
  const value = encodeDer(
    encodeGeneralNames([
      {
        type: 'otherName',
        oid: objectIdentifiers.objectSid,
        value: encodeDer(derOctetString(encodeString(derTag.ia5String, sid))),
      },
    ]),
  )
  return { oid: objectIdentifiers.sidExtension, critical: false, value }
}

/** The security identifier's text. @throws X509Error */
export function decodeSidExtension(value: Uint8Array): string {
  const [name, ...others] = decodeDer(value, reader => readGeneralNames(reader))
  if (name?.type !== 'otherName' || name.oid !== objectIdentifiers.objectSid || others.length > 0) {
    throw new X509Error('invalid-extension', 'not one objectSid and nothing else')
  }
  const octets = decodeDer(name.value, reader => reader.octetString())
  const sid = Buffer.from(octets).toString('latin1')
  if (!sidForm.test(sid)) throw new X509Error('invalid-extension', 'not a security identifier')
  return sid
}
