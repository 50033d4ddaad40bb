import { readTemplate, requireByte, requireValue } from '../../apdu/ber-tlv.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { keyUsages } from '../file-control-parameters.ts'
import { fileDescriptor, firstKeyFile } from '../gids-identifiers.ts'
import { hasAccessRule } from './access-conditions.ts'
import type { CardFile } from './card-state.ts'

/** Identifiers with a meaning of their own (ISO/IEC 7816-4 §7.4.1, §11.4), and the application's. */
const reservedIdentifiers: ReadonlySet<number> = new Set([0x0000, 0x2f00, 0x2f01, 0x3f00, 0x3fff, 0xffff])

/**
 * The empty file that an FCP template (tag 62) describes: a descriptor byte, an identifier, a compact access rule, and
 * for a key its uses.
 *
 * @throws CardError 'invalid-tlv'; CommandRefusal where a part is missing or is nothing that this card has
 */
export function newFile(controlParameters: Uint8Array): CardFile {
  const parameters = readTemplate(controlParameters, 0x62)
  const descriptor = requireByte(parameters, 0x82)
  const identifierBytes = requireValue(parameters, 0x83)
  const [high, low] = identifierBytes
  if (high === undefined || low === undefined || identifierBytes.length !== 2) throw incorrectData()
  const identifier = (high << 8) | low
  if (reservedIdentifiers.has(identifier) || !hasAccessRule(controlParameters)) throw incorrectData()
  const isKeyIdentifier = (identifier & 0xff00) === firstKeyFile
  const control = { identifier, controlParameters: Uint8Array.from(controlParameters), isActive: false }
  if (descriptor === fileDescriptor.dataObjects && !isKeyIdentifier) {
    return { kind: 'data', ...control, objects: [] }
  }
  if (descriptor === fileDescriptor.key && isKeyIdentifier) {
    if (keyUsages(controlParameters).length === 0) throw incorrectData()
    return { kind: 'key', ...control }
  }
  throw incorrectData()
}

function incorrectData(): CommandRefusal {
  return new CommandRefusal(statusWord.incorrectData)
}
