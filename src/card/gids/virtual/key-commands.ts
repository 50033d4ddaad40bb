import { createPublicKey } from 'node:crypto'
import { findValue, readDataObjects, readTemplate, requireByte, requireValue } from '../../apdu/ber-tlv.ts'
import type { CommandApdu } from '../../apdu/command-apdu.ts'
import { statusWord } from '../../apdu/status-word.ts'
import { isEqual } from '../../is-equal.ts'
import { encodePublicKeyTemplate } from '../../key-pairs/public-key-template.ts'
import { CommandRefusal } from '../../virtual/command-refusal.ts'
import { newPrivateKey } from '../../virtual/new-private-key.ts'
import { keyUsages } from '../file-control-parameters.ts'
import { adminKeyReference } from '../gids-identifiers.ts'
import { findKeyMechanism, type KeyMechanism, tripleDesMechanism } from '../key-mechanism.ts'
import { conditionOf, operation } from './access-conditions.ts'
import type { CardSession } from './card-session.ts'
import { type KeyFile, withFile } from './card-state.ts'
import { importRsaKey } from './import-rsa-key.ts'
import { decipher, sign } from './key-operations.ts'

const nothing = new Uint8Array()
const signatureTemplate = 0xb6
const confidentialityTemplate = 0xb8
const authenticationTemplate = 0xa4
const adminKeyLength = 24

/** GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8 §11.2) in a key file, in the place of any earlier key; the public key. */
export async function generateAsymmetricKeyPair(
  session: CardSession,
  command: CommandApdu,
): Promise<Uint8Array> {
  session.requireOperational()
  if ((command.p1 | command.p2) !== 0) throw new CommandRefusal(statusWord.incorrectParameters)
  const template = readTemplate(command.data, 0xac)
  const identifier = requireByte(template, 0x80)
  const file = session.requireKeyFile(requireByte(template, 0x83))
  session.requireAccess(conditionOf(file.controlParameters, operation.generateKeyPair))
  const mechanism = requireMechanism(file, identifier)
  const privateKey = await newPrivateKey(mechanism)
  await session.commit(
    withFile(session.state, { ...file, key: { kind: 'asymmetric', mechanism, privateKey } }),
  )
  return encodePublicKeyTemplate(createPublicKey(privateKey))
}

/**
 * MANAGE SECURITY ENVIRONMENT, SET (ISO/IEC 7816-4 §11.5.11): P1 = 41 with a key pair for signatures or decipherment, 81 or
 * C1 with the admin key for authentication.
 */
export async function manageSecurityEnvironment(
  session: CardSession,
  command: CommandApdu,
): Promise<Uint8Array> {
  session.requireOperational()
  const { p1, p2 } = command
  session.environment = undefined
  session.isAdminKeySelected = false
  const references = readDataObjects(command.data)
  if (p1 === 0x81 || p1 === 0xc1) {
    if (p2 !== authenticationTemplate) throw new CommandRefusal(statusWord.incorrectParameters)
    const file = session.requireKeyFile(requireByte(references, 0x83))
    requireUsage(file, authenticationTemplate, tripleDesMechanism)
    if (file.key?.kind !== 'symmetric') throw new CommandRefusal(statusWord.referencedDataNotFound)
    session.requireAccess(conditionOf(file.controlParameters, operation.manageSecurityEnvironment))
    session.isAdminKeySelected = true
    return nothing
  }
  if (p1 !== 0x41) throw new CommandRefusal(statusWord.functionNotSupported)
  if (p2 !== signatureTemplate && p2 !== confidentialityTemplate) {
    throw new CommandRefusal(statusWord.incorrectParameters)
  }
  const mechanism = requireByte(references, 0x80)
  const keyReference = requireByte(references, 0x84)
  const file = session.requireKeyFile(keyReference)
  requireUsage(file, p2, mechanism)
  session.requireAccess(conditionOf(file.controlParameters, operation.manageSecurityEnvironment))
  session.environment = { template: p2, mechanism, keyReference }
  return nothing
}

/** PERFORM SECURITY OPERATION (ISO/IEC 7816-8 §11.3, §11.8): compute a digital signature, or decipher. */
export async function performSecurityOperation(
  session: CardSession,
  command: CommandApdu,
): Promise<Uint8Array> {
  session.requireOperational()
  const requested = (command.p1 << 8) | command.p2
  if (requested !== 0x9e9a && requested !== 0x8086) throw new CommandRefusal(statusWord.incorrectParameters)
  const isSignature = requested === 0x9e9a
  const { environment } = session
  if (environment?.template !== (isSignature ? signatureTemplate : confidentialityTemplate)) {
    throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  }
  const file = session.requireKeyFile(environment.keyReference)
  // The PIN may have been lost since the environment was set.
  session.requireAccess(conditionOf(file.controlParameters, operation.manageSecurityEnvironment))
  const { key } = file
  if (key?.kind !== 'asymmetric' || key.mechanism.identifier !== (environment.mechanism & 0x0f)) {
    throw new CommandRefusal(statusWord.conditionsOfUseNotSatisfied)
  }
  return isSignature
    ? sign(key, environment.mechanism, command.data, session.randomBytes)
    : decipher(key, environment.mechanism, command.data)
}

/** GET DATA of a public key: 70 { 84 reference, A5 { 7F49 80 } }, an extended header list (GIDS §11, GET KEY). */
export async function getPublicKey(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const template = readTemplate(command.data, 0x70)
  const file = session.requireKeyFile(requireByte(template, 0x84))
  if (!isEqual(requireValue(template, 0xa5), Uint8Array.of(0x7f, 0x49, 0x80))) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  session.requireAccess(conditionOf(file.controlParameters, operation.getPublicKey))
  if (file.key?.kind !== 'asymmetric') throw new CommandRefusal(statusWord.referencedDataNotFound)
  return encodePublicKeyTemplate(createPublicKey(file.key.privateKey))
}

/** PUT DATA of a key: 70 { 84 reference, A5 { 83 kind, 84 wrapping key, 87 value, 88 check value } } (GIDS §11, PUT KEY). */
export async function putKey(session: CardSession, command: CommandApdu): Promise<Uint8Array> {
  const template = readTemplate(command.data, 0x70)
  const keyReference = requireByte(template, 0x84)
  const parts = readDataObjects(requireValue(template, 0xa5))
  const file = session.requireKeyFile(keyReference)
  session.requireAccess(conditionOf(file.controlParameters, operation.putKey))
  const kind = findValue(parts, 0x83) === undefined ? 0x01 : requireByte(parts, 0x83)
  const wrappingKey = findValue(parts, 0x84) === undefined ? 0x00 : requireByte(parts, 0x84)
  if (wrappingKey !== 0x00) throw new CommandRefusal(statusWord.functionNotSupported)
  const value = requireValue(parts, 0x87)
  if (kind === 0x01) {
    await putAdminKey(session, file, keyReference, value, findValue(parts, 0x88))
  } else if (kind === 0x02) {
    const { mechanism, privateKey } = importRsaKey(value)
    requireMechanism(file, mechanism.identifier)
    await session.commit(
      withFile(session.state, { ...file, key: { kind: 'asymmetric', mechanism, privateKey } }),
    )
  } else {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  return nothing
}

/**
 * The check value is not compared: OpenSC sends that of one certain key with every key.
 */
async function putAdminKey(
  session: CardSession,
  file: KeyFile,
  keyReference: number,
  value: Uint8Array,
  checkValue: Uint8Array | undefined,
): Promise<void> {
  requireUsage(file, authenticationTemplate, tripleDesMechanism)
  if (
    keyReference !== adminKeyReference ||
    value.length !== adminKeyLength ||
    (checkValue !== undefined && checkValue.length !== 3)
  ) {
    throw new CommandRefusal(statusWord.incorrectData)
  }
  const previous = file.key
  await session.commit(
    withFile(session.state, { ...file, key: { kind: 'symmetric', value: Uint8Array.from(value) } }),
  )
  if (previous?.kind === 'symmetric') previous.value.fill(0)
}

function requireMechanism(file: KeyFile, identifier: number): KeyMechanism {
  const mechanism = findKeyMechanism(identifier)
  if (mechanism === undefined || mechanism.identifier !== identifier) {
    throw new CommandRefusal(statusWord.functionNotSupported)
  }
  const fits = keyUsages(file.controlParameters).some(usage => (usage.mechanism & 0x0f) === identifier)
  if (!fits) throw new CommandRefusal(statusWord.incorrectData)
  return mechanism
}

function requireUsage(file: KeyFile, template: number, mechanism: number): void {
  const isAllowed = keyUsages(file.controlParameters).some(
    usage => usage.template === template && usage.mechanism === mechanism,
  )
  if (!isAllowed) throw new CommandRefusal(statusWord.incorrectData)
}
