import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { encodeDigestInfo, requireHash } from '../../card/key-pairs/digest-info.ts'
import type { HashAlgorithm, KeyPairAlgorithm } from '../../card/smart-card.ts'
import type { NoteProgram } from '../enrollment/journal.ts'
import { inScratchFolder } from '../scratch-folder.ts'
import { nameOf } from './find-pkcs11-token.ts'
import { type Pkcs11Module, runPkcs11Tool } from './pkcs11-module.ts'
import { pkcs11Refusal } from './pkcs11-refusal.ts'
import type { ProgramResult } from './run-program.ts'

export interface Pkcs11TokenOptions {
  readonly module: Pkcs11Module
  readonly slotId: string
  readonly tokenLabel: string
  /** The user's PIN, asked for when it is needed first. */
  readonly askPin: () => Promise<string>
  /** Writes down a program that changes the token, before it does. */
  readonly noteProgram: NoteProgram
}

/** CKA_ID, in hexadecimal digits, and CKA_LABEL of what belongs together. */
export interface ObjectName {
  readonly id: string
  readonly label: string
}

/** A kind of object, as pkcs11-tool calls it. */
export type ObjectType = 'privkey' | 'pubkey' | 'cert'

const curveNames = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' } as const

interface TokenCall {
  readonly changes?: boolean
  readonly needsPin?: boolean
  /** What is to be made. */
  readonly key?: string | null
  readonly input?: Uint8Array
}

/**
 * Keys and certificates in a PKCS#11 token. Private keys are made there and never leave it.
 *
 * Throws CardError 'wrong-pin', 'pin-blocked', 'pin-not-set', 'card-removed'; EnrollmentError target-unusable,
 * unsupported-options. After a refused PIN the token is sent none any more.
 */
export class Pkcs11Token {
  readonly name: string
  readonly #options: Pkcs11TokenOptions
  #pin: Promise<string> | null = null

  constructor(options: Pkcs11TokenOptions) {
    this.#options = options
    this.name = nameOf(options.tokenLabel)
  }

  /** Whether there is such an object. Private keys are only shown to whoever has the PIN. */
  async has(type: ObjectType, id: string): Promise<boolean> {
    const { output } = await this.#call(['--list-objects', '--type', type], { needsPin: type === 'privkey' })
    const ids = output
      .toString('utf8')
      .split('\n')
      .map(line => /^ {2}ID: *([0-9a-f]+)$/i.exec(line)?.[1]?.toLowerCase())
    return ids.includes(id)
  }

  /** A key pair for signatures. */
  async generateKeyPair({ id, label }: ObjectName, algorithm: KeyPairAlgorithm): Promise<void> {
    const type =
      algorithm.algorithm === 'RSA' ? `rsa:${algorithm.keySize}` : `EC:${curveNames[algorithm.curve]}`
    const kind = algorithm.algorithm === 'RSA' ? `RSA with ${algorithm.keySize} bits` : algorithm.curve
    const usages =
      algorithm.algorithm === 'RSA' ? ['--usage-sign', '--usage-decrypt'] : ['--usage-sign', '--usage-derive']
    const names = ['--id', id, '--label', label]
    await this.#call(['--keypairgen', '--key-type', type, ...usages, ...names], { changes: true, key: kind })
  }

  /** SubjectPublicKeyInfo, or a certificate, in DER; null where there is none. */
  async read(type: 'pubkey' | 'cert', id: string): Promise<Uint8Array | null> {
    if (!(await this.has(type, id))) return null
    const { output } = await this.#call(['--read-object', '--type', type, '--id', id])
    return Uint8Array.from(output)
  }

  /** RSASSA-PKCS1-v1_5, or ECDSA as DER, over the hash of `data`. */
  async sign(
    id: string,
    algorithm: KeyPairAlgorithm['algorithm'],
    hash: HashAlgorithm,
    data: Uint8Array,
  ): Promise<Uint8Array> {
    const known = requireHash(hash)
    const digest = createHash(known.name).update(data).digest()
    const isRsa = algorithm === 'RSA'
    const mechanism = isRsa ? ['RSA-PKCS'] : ['ECDSA', '--signature-format', 'openssl']
    const { output } = await this.#call(['--sign', '--mechanism', ...mechanism, '--id', id], {
      needsPin: true,
      input: isRsa ? encodeDigestInfo(known, digest) : digest,
    })
    return Uint8Array.from(output)
  }

  /** @param certificate in DER */
  async writeCertificate({ id, label }: ObjectName, certificate: Uint8Array): Promise<void> {
    // pkcs11-tool wants a file that it can measure; a certificate is no secret.
    await inScratchFolder(tmpdir(), async folder => {
      const file = path.join(folder, 'certificate.der')
      await writeFile(file, certificate)
      const names = ['--id', id, '--label', label]
      await this.#call(['--write-object', file, '--type', 'cert', ...names], { changes: true })
    })
  }

  async delete(type: ObjectType, id: string): Promise<void> {
    await this.#call(['--delete-object', '--type', type, '--id', id], { changes: true })
  }

  async #call(
    args: readonly string[],
    { changes = false, needsPin = changes, key = null, input }: TokenCall = {},
  ): Promise<ProgramResult> {
    const { module, slotId, askPin, noteProgram } = this.#options
    if (needsPin) this.#pin ??= askPin()
    const result = await runPkcs11Tool(module, ['--slot', slotId, ...args], {
      pin: needsPin ? await this.#pin : null,
      ...(changes && { noteProgram }),
      ...(input !== undefined && { input }),
    })
    if (result.code === 0) return result
    const refusal = pkcs11Refusal(result.said, this.name, key)
    if (needsPin && refusal.name === 'CardError') this.#pin = Promise.reject(refusal)
    this.#pin?.catch(() => undefined)
    throw refusal
  }
}
