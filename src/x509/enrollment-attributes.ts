import type { Attribute } from './certification-request.ts'
import { derTag } from './der/der-tag.ts'
import { derBitString, derInteger, derSequence, derString, encodeDer } from './der/der-writer.ts'
import { objectIdentifiers } from './object-identifier.ts'

/*
 * The attributes that Windows clients put into a certification request; they tell where it was made, and nothing
 * depends on them.
 */

/** szOID_OS_VERSION ([MS-WCCE] 2.2.2.7.1), such as `6.3.9600.2`. */
export function osVersionAttribute(version: string): Attribute {
  return { type: objectIdentifiers.osVersion, values: [encodeDer(derString(derTag.ia5String, version))] }
}

export interface RequestClientInformation {
  /** The kind of client; 5 is a program that uses Windows' enrollment API (RequestClientInfoClientId). */
  readonly clientId: number
  readonly machineName: string
  /** `DOMAIN\user`. */
  readonly userName: string
  readonly processName: string
}

/** szOID_REQUEST_CLIENT_INFO ([MS-WCCE] 2.2.2.7.4). */
export function clientInformationAttribute(information: RequestClientInformation): Attribute {
  const value = encodeDer(
    derSequence([
      derInteger(information.clientId),
      derString(derTag.utf8String, information.machineName),
      derString(derTag.utf8String, information.userName),
      derString(derTag.utf8String, information.processName),
    ]),
  )
  return { type: objectIdentifiers.requestClientInformation, values: [value] }
}

export interface EnrollmentCsp {
  /** 0 none (a key storage provider), 1 exchange, 2 signature. */
  readonly keySpec: number
  /** The provider's name, such as `Microsoft Base Smart Card Crypto Provider`. */
  readonly providerName: string
}

/** szOID_ENROLLMENT_CSP_PROVIDER ([MS-WCCE] 2.2.2.7.2), its unused signature left empty as Windows does. */
export function enrollmentCspAttribute({ keySpec, providerName }: EnrollmentCsp): Attribute {
  const value = encodeDer(
    derSequence([
      derInteger(keySpec),
      derString(derTag.bmpString, providerName),
      derBitString(new Uint8Array(0)),
    ]),
  )
  return { type: objectIdentifiers.enrollmentCsp, values: [value] }
}
