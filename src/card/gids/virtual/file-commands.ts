import {
  type DataObject,
  encodeDataObject,
  readDataObject,
  readDataObjects,
  requireValue,
} from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { isEqual } from '../../is-equal.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { adminKeyFile, applicationFile } from '../gids-identifiers.ts'
import { conditionOf, operation } from './access-conditions.ts'
import {
  applicationCapabilities,
  applicationControlParameters,
  applicationManagementData,
  applicationTemplate,
  isGidsApplication,
} from './application.ts'
import type { CardSession } from './card-session.ts'
import {
  type CardFile,
  cardLimits,
  type DataFile,
  findFile,
  type GidsCardState,
  withFile,
} from './card-state.ts'
import { newFile } from './new-file.ts'

const nothing = new Uint8Array()
const masterFile = 0x3f00
const transparentFileWithCapabilities = 0x2f01

/** SELECT (ISO/IEC 7816-4 §11.1.1) of the application by its name, or of a file by its identifier. */
export async function select(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const { p1, p2, data } = command
  const wanted = p2 & 0x0c
  // Only the first or only occurrence: nothing on this card occurs twice.
  if ((p2 & 0xf3) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  if (p1 === 0x04) {
    if (!isGidsApplication(data)) throw new CommandRefusal(statusWord.fileNotFound)
    session.reset()
    return applicationInformation(wanted)
  }
  if (p1 !== 0x00) throw new CommandRefusal(statusWord.incorrectParameters)
  const identifier = data.length === 0 ? applicationFile : readIdentifier(data)
  if (identifier === applicationFile || identifier === masterFile) {
    session.currentFile = undefined
    return applicationInformation(wanted)
  }
  const file = findFile(session.state, identifier)
  if (file === undefined) throw new CommandRefusal(statusWord.fileNotFound)
  session.currentFile = identifier
  return wanted === 0x00 || wanted === 0x04 ? Uint8Array.from(file.controlParameters) : nothing
}

/** CREATE FILE (ISO/IEC 7816-9 §5.1). The new file is selected, and serves once it is activated. */
export async function createFile(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireNoParameters(command)
  session.requireAccess(conditionOf(applicationControlParameters, operation.createFile))
  const file = newFile(command.data)
  const { state } = session
  if (findFile(state, file.identifier) !== undefined) throw new CommandRefusal(statusWord.fileAlreadyExists)
  const maximum = file.kind === 'data' ? cardLimits.dataFiles : cardLimits.keyFiles
  if (state.files.filter(({ kind }) => kind === file.kind).length >= maximum) {
    throw new CommandRefusal(statusWord.notEnoughMemory)
  }
  await session.commit({ ...state, files: [...state.files, file] })
  session.currentFile = file.identifier
  return nothing
}

/** ACTIVATE FILE (ISO/IEC 7816-9 §5.4) of the selected file, or of the application, which ends its creation. */
export async function activateFile(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireNoParameters(command)
  if (command.data.length > 0) throw new CommandRefusal(statusWord.wrongLength)
  const { state, currentFile } = session
  session.requireAccess(conditionOf(applicationControlParameters, operation.createFile))
  if (currentFile !== undefined) {
    const file = findFile(state, currentFile)
    if (file === undefined) throw new CommandRefusal(statusWord.fileNotFound)
    if (!file.isActive) await session.commit(withFile(state, { ...file, isActive: true }))
    return nothing
  }
  if (state.lifeCycle === 'operational') return nothing
  if (!isManageable(state)) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  await session.commit({ ...state, lifeCycle: 'operational' })
  session.endAuthentications()
  return nothing
}

/**
 * DELETE FILE (ISO/IEC 7816-9 §5.2), the selected one or the one named. A file may say itself who deletes it; otherwise
 * it is whom the application's rule for its children lets, and of those either the administrator or who may replace what
 * the file holds: else a holder could delete the card id and create it anew. The admin key stays.
 */
export async function deleteFile(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  requireNoParameters(command)
  const { state, currentFile } = session
  const identifier = command.data.length === 0 ? currentFile : readIdentifier(command.data)
  const file = identifier === undefined ? undefined : findFile(state, identifier)
  if (file === undefined) throw new CommandRefusal(statusWord.fileNotFound)
  if (file.identifier === adminKeyFile) throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  requireDeletion(session, file)
  await session.commit({ ...state, files: state.files.filter(other => other !== file) })
  session.currentFile = undefined
  if (file.kind === 'key') session.environment = undefined
  return nothing
}

/** GET DATA (ISO/IEC 7816-4 §11.4.2) of one object of a file, named by a tag list (5C), or of all. */
export async function getFileData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const tagList = requireValue(readDataObjects(command.data), 0x5c)
  if (((command.p1 << 8) | command.p2) === transparentFileWithCapabilities) {
    if (tagList.length > 0) throw new CommandRefusal(statusWord.referencedDataNotFound)
    return applicationCapabilities
  }
  const file = dataFileOf(session, command)
  session.requireAccess(conditionOf(file.controlParameters, operation.getData))
  session.currentFile = file.identifier
  if (tagList.length === 0) return Uint8Array.from(Buffer.concat(file.objects.map(encode)))
  const object = file.objects.find(({ tag }) => isEqual(tagBytes(tag), tagList))
  if (object === undefined) throw new CommandRefusal(statusWord.referencedDataNotFound)
  return encode(object)
}

/** PUT DATA (ISO/IEC 7816-4 §11.4.3): one object of a file, in the place of an earlier one of its tag. */
export async function putFileData(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const file = dataFileOf(session, command)
  session.requireAccess(conditionOf(file.controlParameters, operation.putData))
  const { tag, value } = readDataObject(command.data)
  const object = { tag, value: Uint8Array.from(value) }
  const isKnown = file.objects.some(other => other.tag === tag)
  const objects = isKnown
    ? file.objects.map(other => (other.tag === tag ? object : other))
    : [...file.objects, object]
  const next = withFile(session.state, { ...file, objects })
  if (objects.length > cardLimits.objectsInFile || dataBytes(next) > cardLimits.dataBytes) {
    throw new CommandRefusal(statusWord.notEnoughMemory)
  }
  await session.commit(next)
  session.currentFile = file.identifier
  return nothing
}

function applicationInformation(wanted: number): Uint8Array {
  if (wanted === 0x00) return applicationTemplate
  if (wanted === 0x04) return applicationControlParameters
  if (wanted === 0x08) return applicationManagementData
  return nothing
}

function requireDeletion(session: CardSession, file: CardFile): void {
  const own = conditionOf(file.controlParameters, operation.deleteSelf)
  if (session.allows(own)) return
  session.requireAccess(conditionOf(applicationControlParameters, operation.deleteChild))
  if (session.status.isAdministrator) return
  const replace = file.kind === 'key' ? operation.putKey : operation.putData
  session.requireAccess(conditionOf(file.controlParameters, replace))
}

/** Without a PIN and an admin key nobody could ever use an operational card. */
function isManageable(state: GidsCardState): boolean {
  const adminKey = findFile(state, adminKeyFile)
  return (
    state.pin !== undefined && adminKey?.kind === 'key' && adminKey.isActive && adminKey.key !== undefined
  )
}

function dataFileOf(session: CardSession, { p1, p2 }: CommandApdu): DataFile {
  const identifier = (p1 << 8) | p2
  const wanted = identifier === 0 ? session.currentFile : identifier
  if (wanted === undefined) throw new CommandRefusal(statusWord.fileNotFound)
  const file = session.requireFile(wanted)
  if (file.kind !== 'data') throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  return file
}

function dataBytes(state: GidsCardState): number {
  return state.files
    .flatMap(file => (file.kind === 'data' ? file.objects : []))
    .reduce((sum, { value }) => sum + value.length, 0)
}

function encode({ tag, value }: DataObject): Uint8Array {
  return encodeDataObject(tag, value)
}

function tagBytes(tag: number): Uint8Array {
  return encodeDataObject(tag).subarray(0, -1)
}

function readIdentifier(data: Uint8Array): number {
  const [high, low] = data
  if (high === undefined || low === undefined || data.length !== 2) {
    throw new CommandRefusal(statusWord.wrongLength)
  }
  return (high << 8) | low
}

function requireNoParameters({ p1, p2 }: CommandApdu): void {
  if ((p1 | p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
}
