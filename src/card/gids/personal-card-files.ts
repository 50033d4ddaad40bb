import { cardIdFileBytes } from '../card-id.ts'
import { dataFileControlParameters, keyFileControlParameters } from './file-control-parameters.ts'
import { adminKeyReference, minidriverFile, securityCondition } from './gids-identifiers.ts'
import { tripleDesMechanism } from './key-mechanism.ts'
import { encodeMasterFile, initialMasterFile } from './minidriver-files.ts'

const { always, never, administrator, either } = securityCondition

/** One file for each way of access (minidriver specification, appendix on GIDS): identifier, who reads, who writes. */
const waysOfAccess = [
  [0xa000, always, either],
  [0xa010, always, either],
  [0xa011, never, either],
  [0xa012, always, administrator],
  [0xa013, either, either],
  [0xa014, administrator, administrator],
] as const

/** The files of data objects on a card in use. */
export const dataFiles = waysOfAccess.map(([identifier, get, put]) => ({
  identifier,
  controlParameters: dataFileControlParameters(identifier, get, put),
}))

/** The admin key's file: selected by anybody, replaced by the administrator, read by nobody. */
export const adminKeyControlParameters = keyFileControlParameters(
  adminKeyReference,
  Uint8Array.of(0x87, always, administrator, never),
  [{ template: 0xa4, mechanism: tripleDesMechanism }],
)

/**
 * What is in the minidriver's files of a card without keys. The master file, through which hosts find the others, comes
 * last.
 *
 * @throws CardError 'invalid-card-id'
 */
export function initialContents(cardId: string) {
  return [
    {
      place: minidriverFile.cardApplications,
      content: Uint8Array.from(Buffer.from('mscp\0\0\0\0', 'ascii')),
    },
    { place: minidriverFile.cardCache, content: new Uint8Array(6) },
    { place: minidriverFile.containerMap, content: new Uint8Array() },
    { place: minidriverFile.cardId, content: cardIdFileBytes(cardId) },
    { place: minidriverFile.masterFile, content: encodeMasterFile(initialMasterFile) },
  ]
}
